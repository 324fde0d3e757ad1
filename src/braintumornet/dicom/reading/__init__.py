"""Structures that were drawn on a series, read from structure sets and segmentations."""
