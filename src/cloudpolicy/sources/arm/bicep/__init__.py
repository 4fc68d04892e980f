"""Bicep: text -> tokens -> declarations -> the same Template that an ARM JSON file becomes."""
