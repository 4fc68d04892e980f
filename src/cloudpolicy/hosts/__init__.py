"""Our policies inside stock Checkov and cfn-lint: the only modules that import the two."""
