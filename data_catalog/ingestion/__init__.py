"""From a source to rows of tracks and licences."""
