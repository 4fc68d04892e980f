"""`cloudpolicy init`: what a repository needs to begin. survey.py looks, proposals.py composes, origin.py tells where cloudpolicy comes from.

recipes/ holds one file per CI server; docs/ci.md shows the same files.
"""
