"""A snapshot in, a model directory out."""
