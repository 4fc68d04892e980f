"""Fixing what fails: from a check to the least edits of the text that turn its verdict, tried before anything is written.

solve    a check's condition, and what its `fix` says -> operations on attributes of resources
hcl, …   an operation -> an edit of the text, one module per format
trial    the edited texts read and judged again, and compared with what was
run      which operations are kept
"""
