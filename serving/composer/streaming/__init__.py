"""Music as it is made: a band that plays bar after bar, endless or to the end of a piece."""
