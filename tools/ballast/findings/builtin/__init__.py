"""Checks of the repository as a whole and of its code; a check a file. Those of a domain lie in its own `checks` package."""
