"""Checks of runbooks; a check a file."""
