"""What a network learns: one file per kind of task."""
