"""Which sequence an image shows, and why we think so."""
