"""Generator 2: phantoms as varied as patients are, for a network that is to meet patients."""
