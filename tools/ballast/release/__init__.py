"""Releases: what a plan costs, the bundle that is approved, and the apply that takes exactly that bundle."""
