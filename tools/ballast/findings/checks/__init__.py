"""Checks of the repository as a whole and of its code; a check a file. Those of a domain lie in that domain's `checks`."""
