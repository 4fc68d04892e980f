"""Which JSON files are ARM templates."""

from __future__ import annotations

import pytest

from cloudpolicy.sources.arm import looks_like_arm

BASE = "https://schema.management.azure.com/schemas/2019-04-01/"


@pytest.mark.parametrize(
    ("schema", "yes"),
    [
        ("deploymentTemplate.json#", True),
        ("deploymentTemplate.json", True),
        ("subscriptionDeploymentTemplate.json#", True),
        ("DEPLOYMENTTEMPLATE.JSON#", True),
        ("managementGroupDeploymentTemplate.json#", True),
        ("tenantDeploymentTemplate.json#", True),
        ("deploymentParameters.json#", False),
        ("subscriptionDeploymentParameters.json#", False),
        ("CreateUIDefinition.MultiVm.json#", False),
        ("policyDefinition.json#", False),
    ],
)
def test_schemas(schema: str, yes: bool) -> None:
    text = f'{{\n  "$schema" : "{BASE}{schema}",\n  "resources": []\n}}'
    assert looks_like_arm(text.encode(), "main.json") is yes
    assert looks_like_arm(text.encode("utf-16"), "main.json") is yes
    assert not looks_like_arm(text.encode(), "main.yaml")


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "",
        '{"resources": []}',
        f'{{"resources": [{{"template": {{"$schema": "{BASE}deploymentTemplate.json#"}}}}]}}',
        '{"$schema": "https://json-schema.org/draft-07/schema", "x": "deploymentTemplate.json"}',
    ],
)
def test_other_files(text: str) -> None:
    assert not looks_like_arm(text.encode(), "main.json")
