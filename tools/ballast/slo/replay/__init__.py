"""Replay: what the generated rules of an SLO would have done to a history."""
