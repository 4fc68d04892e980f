"""cloudpolicy: Japanese public-sector cloud guidelines as policies for Terraform, CloudFormation and ARM.

Importing the package loads nothing else: a pre-commit hook pays for every import.
"""

__version__ = "0.1.0"
