"""What a network learns, and by which loss: one file per kind of task."""
