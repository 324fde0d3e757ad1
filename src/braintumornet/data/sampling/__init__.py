"""Which patch of which case comes when, and the batches they make."""
