"""The questions: named SQL, macros, and what reads them."""
