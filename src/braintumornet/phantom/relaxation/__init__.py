"""Generator 3: other tumours, signals from relaxation times. It selects and judges; nothing learns from it."""
