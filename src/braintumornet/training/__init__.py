"""A network and cases become a checkpoint."""
