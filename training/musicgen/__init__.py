"""Fine-tuning of MusicGen: a snapshot in, an adapter that serves out."""
