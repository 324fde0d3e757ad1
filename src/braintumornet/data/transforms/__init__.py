"""Augmentation: random changes of space and intensity."""
