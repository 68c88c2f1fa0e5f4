"""Checks of rules; a check a file."""
