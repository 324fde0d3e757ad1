"""Studies: arms x splits x seeds, what is to be run, running it here or on a cluster, and going on after a stop."""
