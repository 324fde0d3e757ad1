"""What a study has found so far: scores, what it compares, and what is read off: retention, cost, exposure."""
