"""Several losses become one update: one file per strategy."""
