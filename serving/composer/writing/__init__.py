"""Writing the score: form, harmony, melody, and what each player of the band does."""
