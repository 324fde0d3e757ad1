"""From cases to batches; here what a configuration says about data, and who is on which side of a split."""
