"""Benchmarks: each prints the figures it made and what they are measured against."""
