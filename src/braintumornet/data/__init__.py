"""From cases to batches: reading, splits, patches, augmentation, loaders."""
