"""Examples in policies: which reader judges them."""

import pytest

from cloudpolicy.policy import testing

BICEP = "resource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'st'\n}\n"
ARM = '{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "resources": [{"type": "Microsoft.A/b", "name": "x"}]}'
TEMPLATE = '{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}'


@pytest.mark.parametrize(
    ("format", "text", "name", "source", "type"),
    [
        ("arm", BICEP, "main.bicep", "bicep", "Microsoft.Storage/storageAccounts"),
        ("arm", "\n" + ARM, "template.json", "arm", "Microsoft.A/b"),
        ("cloudformation", TEMPLATE, "template.json", "template", "AWS::S3::Bucket"),
        ("terraform", 'resource "aws_s3_bucket" "b" {}\n', "main.tf", "hcl", "aws_s3_bucket"),
    ],
)
def test_the_reader_of_an_example(tmp_path, format, text, name, source, type):
    example = testing.as_example(text, format)
    assert list(example.files) == [name]
    estate = testing.read(example, format, str(tmp_path))
    assert (estate.source, estate.diagnostics, [resource.type for resource in estate.resources]) == (source, [], [type])
