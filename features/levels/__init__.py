"""How loud it is: levels, peaks, K-weighting and loudness."""
