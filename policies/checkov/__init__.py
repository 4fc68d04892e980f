"""Checkov loads checks only from folders that hold this file."""
