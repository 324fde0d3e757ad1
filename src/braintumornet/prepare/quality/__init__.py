"""Whether each step of a preparation went well, told without a truth to compare with."""
