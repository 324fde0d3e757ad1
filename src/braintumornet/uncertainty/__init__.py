"""How sure a prediction is: temperature, conformal intervals and sets, and inputs unlike those of the training."""
