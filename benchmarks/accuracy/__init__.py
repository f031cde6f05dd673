"""How right tempo and key are, on music whose truth is known."""
