"""A checkpoint and a case become a prediction."""
