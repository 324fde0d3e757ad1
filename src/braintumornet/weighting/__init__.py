"""How the losses of several tasks are weighed into one update: one file per strategy."""
