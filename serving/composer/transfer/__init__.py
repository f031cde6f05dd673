"""Style transfer: what is heard in a recording, arranged in another genre."""
