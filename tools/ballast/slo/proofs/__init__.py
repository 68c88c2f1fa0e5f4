"""Proofs that the alerts of an SLO do what the mathematics says: generated promtool tests, and mutants that must fail them."""
