"""Lyrics to music: their syllables and stresses, and a tune for them."""
