"""From tracks to rows of features."""
