"""What a run says of itself: its model card, and on whom it was validated."""
