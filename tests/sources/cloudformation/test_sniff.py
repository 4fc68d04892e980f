"""What discovery takes for a template, and what it must leave alone."""

from __future__ import annotations

import json

import pytest

from cloudpolicy.sources.cloudformation import looks_like_template

TEMPLATES = {
    "version.yaml": "AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n",
    "quoted.yml": '"AWSTemplateFormatVersion" : 2010-09-09\n',
    "comment-first.yaml": "# a stack\n---\nAWSTemplateFormatVersion: 2010-09-09\n",
    "resources-only.yaml": "Resources:\n  B:\n    Type: AWS::S3::Bucket\n",
    "crlf.yaml": "Resources:\r\n  B:\r\n    Type: 'AWS::S3::Bucket'\r\n",
    "custom.yaml": "Resources:\n  B:\n    Type: Custom::Thing\n",
    "alexa.yaml": 'Resources:\n  B:\n    Type: "Alexa::ASK::Skill"\n',
    "flow.yaml": "Resources:\n  B: {Type: AWS::S3::Bucket}\n",
    "sam.yaml": "Transform: AWS::Serverless-2016-10-31\nGlobals: {}\n",
    "sam-list.yaml": "Transform:\n  - AWS::LanguageExtensions\n  - AWS::Serverless-2016-10-31\n",
    "version.json": '{"Description": "x { \\" }", "AWSTemplateFormatVersion": "2010-09-09"}',
    "minified.json": '{"Resources":{"B":{"Type":"AWS::S3::Bucket"}}}',
    "cdk.template.json": json.dumps({"Resources": {"B": {"Properties": {"A": 1}, "Type": "AWS::S3::Bucket"}}}, indent=1),
    "sam.json": '{"Transform": ["AWS::Serverless-2016-10-31"], "Globals": {}}',
    "indented.yaml": "---\n\n  # all of it is indented\n\n  AWSTemplateFormatVersion: 2010-09-09\n  Resources: {}\n",
    "third-party.yaml": "Resources:\n  R:\n    Type: Initech::TPS::Report\n",
    "module.json": '{"Resources": {"M": {"Type": "My::S3::Bucket::MODULE"}}}',
    "named.template": '\n\n  {"Resources":{"B":{"Type":"AWS::S3::Bucket"}}}',
}
OTHERS = {
    "kubernetes.yaml": "apiVersion: v1\nkind: ConfigMap\ndata:\n  stack.yaml: |\n    AWSTemplateFormatVersion: 2010-09-09\n    Resources:\n      B:\n"
    "        Type: AWS::S3::Bucket\n",
    "compose.yaml": "services:\n  web:\n    image: nginx\n",
    "openapi.yaml": "openapi: 3.0.0\npaths: {}\n",
    "serverless.yml": "service: x\nresources:\n  Resources:\n    B:\n      Type: AWS::S3::Bucket\n",
    "ansible.yml": "- cloudformation:\n    template_body: |\n      Resources:\n        B:\n          Type: AWS::S3::Bucket\n",
    "package.json": '{"name": "x", "version": "1.0.0"}',
    "arm.json": '{"$schema": "https://schema.management.azure.com/x", "resources": [{"type": "Microsoft.Storage/storageAccounts"}]}',
    "manifest.json": '{"version": "36.0.0", "artifacts": {"S": {"type": "aws:cloudformation:stack"}}}',
    "tree.json": '{"tree": {"id": "App", "children": {"attributes": {"aws:cdk:cloudformation:type": "AWS::S3::Bucket"}}}}',
    "nested-body.json": '{"stack": {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"B": {"Type": "AWS::S3::Bucket"}}}}',
    "in-list.json": '[{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}]',
    "text.json": '{"a": "\\"Resources\\": {\\"Type\\": \\"AWS::S3::Bucket\\"}"}',
    "iam-policy.json": '{"Version": "2012-10-17", "Statement": [{"Resources": ["arn:aws:s3:::x"]}]}',
    "other-resources.yaml": "Resources:\n  - name: x\n    Type: Something\n",
    "readme.md": "AWSTemplateFormatVersion: '2010-09-09'\n",
    "stack.py": "AWSTemplateFormatVersion: '2010-09-09'\n",
    "indented-inside.yaml": "stack:\n  AWSTemplateFormatVersion: 2010-09-09\n",
    "value.json": '{"a": "Resources", "b": {"Type": "AWS::S3::Bucket"}}',
    "empty.yaml": "",
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_are_taken(name: str) -> None:
    assert looks_like_template(TEMPLATES[name].encode(), name)


@pytest.mark.parametrize("name", OTHERS)
def test_other_files_are_left(name: str) -> None:
    assert not looks_like_template(OTHERS[name].encode(), name)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_does_not_hide_a_template(encoding: str) -> None:
    assert looks_like_template(TEMPLATES["version.yaml"].encode(encoding), "a.yaml")
    assert looks_like_template(TEMPLATES["minified.json"].encode(encoding), "a.json")
