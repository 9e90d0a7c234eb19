"""Access reviews: start, decide, take over, remind, close, sign."""
