"""Azure, through its SDK for Python."""
