"""When things happen: periodicity, tempo, beats and bars."""
