"""Which voxels are brain."""
