"""From an image to features to one output per task."""
