"""Tumours of each kind, drawn into a phantom."""
