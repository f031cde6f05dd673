"""How well an engine does what it is asked, and how near its music is to a reference."""
