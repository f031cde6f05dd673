"""Parts into a mix: channels, rooms, the voice over its band, levels, mastering."""
