"""What everything talks about: cases, space, label schemes, predictions, runs. No torch, no image formats."""
