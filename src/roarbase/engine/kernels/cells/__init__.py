"""Cells of texts: where they are, and the numbers that they say."""
