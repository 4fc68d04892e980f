"""Results of other tools: Checkov, cfn-lint and whatever writes SARIF, read and said again in our policies.

document → one of checkov, cfn_lint, sarif (shape in, Results out) → mapping (their ids to our policies) → assemble (a Report).
Nothing here runs a tool, and nothing here is on the scan path.
"""
