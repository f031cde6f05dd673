"""MusicGen and its codec: audio to codes, a language model over them, and back."""
