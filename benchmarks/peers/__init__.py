"""What we are measured against, and the stand-in that both sides ask."""
