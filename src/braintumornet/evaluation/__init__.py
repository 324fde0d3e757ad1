"""Prediction and truth -> one tidy table of scores. No torch, no sibling rooms."""
