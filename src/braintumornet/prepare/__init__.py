"""From an examination as it was scanned to a co-registered, skull-stripped case, and the way back."""
