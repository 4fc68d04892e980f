"""Evaluation: an Estate and the policies in, findings out, by three-valued logic. It knows no file format."""
