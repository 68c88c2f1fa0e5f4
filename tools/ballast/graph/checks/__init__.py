"""Checks of the graph, one a file; `subject` says how it is read."""
