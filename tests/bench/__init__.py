"""Measurements: `make bench`. Results go to build/bench/ as JSON and Markdown, never into docs by hand."""
