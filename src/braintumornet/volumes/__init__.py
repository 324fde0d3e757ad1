"""Arrays with a space: reading and writing, orientation, resampling, normalisation, connected components."""
