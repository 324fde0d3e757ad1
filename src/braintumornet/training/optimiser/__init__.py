"""What happens to gradients and weights in a step, beside the loss."""
