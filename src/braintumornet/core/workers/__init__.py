"""Work on many cases: in several processes, on several machines, until somebody says stop."""
