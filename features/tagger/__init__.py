"""Pretrained tags and embedding: the musicnn network and its weights."""
