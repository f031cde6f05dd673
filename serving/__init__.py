"""A request in, audio out."""
