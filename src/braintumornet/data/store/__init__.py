"""Cases read once: as a network sees them, an entry per case."""
