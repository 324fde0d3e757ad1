"""What everything talks about: cases, space, codings, predictions, run folders. No torch, no image formats."""
