"""Which patch of which case is sampled when, and the batches they make."""
