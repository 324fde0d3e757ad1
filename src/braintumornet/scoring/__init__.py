"""What the answers to one task are scored by; the tasks are above, and say which of it is theirs."""
