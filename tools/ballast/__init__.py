"""Ballast: an SRE platform in one repository."""
