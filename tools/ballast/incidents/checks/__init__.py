"""Checks of the domain `incidents`."""
