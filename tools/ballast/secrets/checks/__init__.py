"""Checks of the domain `secrets`."""
