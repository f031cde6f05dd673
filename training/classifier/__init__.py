"""The genre and mood classifier: a snapshot in, a model and labels out."""
