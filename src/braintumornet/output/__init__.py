"""Predictions become files."""
