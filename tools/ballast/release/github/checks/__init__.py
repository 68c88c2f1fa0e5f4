"""Checks of workflows and rulesets, one a file."""
