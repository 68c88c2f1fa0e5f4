"""Checks of dashboards; a check a file."""
