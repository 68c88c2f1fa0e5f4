"""Checks of Terraform files, one a file."""
