"""Taking music down and erasing it for good."""
