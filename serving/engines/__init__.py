"""What makes the audio: one small protocol, one module an engine."""
