"""Pages for people, and the program that lists the modules."""
