"""What everything talks about: cases, space, codings, predictions, runs. No torch, no image formats."""
