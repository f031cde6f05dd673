"""What is known about each track, and how it is asked."""
