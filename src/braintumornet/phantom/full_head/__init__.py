"""All that surrounds a brain, in detail: what a skull stripper has to tell from it."""
