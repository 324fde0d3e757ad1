"""DeepMedic, and the networks of the original program."""
