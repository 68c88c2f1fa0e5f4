"""Ballast's own policies: one checkov check a file, run in its own environment (nothing of Ballast's is imported)."""
