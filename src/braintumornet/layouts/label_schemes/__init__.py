"""What the numbers in masks mean: as the caller says, as names say, and what merely points to it."""
