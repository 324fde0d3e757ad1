"""Predictions and truth become one tidy table of scores. No torch."""
