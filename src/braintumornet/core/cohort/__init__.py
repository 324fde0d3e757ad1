"""Who was examined, and what the masks mean: cases, their table, and label schemes."""
