"""Rehearsals: every step of a runbook done where it can be done, and a dated record of what came of it."""
