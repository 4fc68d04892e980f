"""Known values agree with those of an independent evaluator (tfparse), and a varied module reads without a complaint."""

from __future__ import annotations

import os
from typing import Any

import pytest

from cloudpolicy.model import Estate, Unknown
from cloudpolicy.sources import Options
from cloudpolicy.sources.terraform import hcl
from cloudpolicy.sources.terraform.types import unknowns

SAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sample")
SKIPPED = frozenset(("id", "arn", "__tfmeta", "count", "for_each", "provider", "lifecycle", "provisioner", "depends_on"))
WRONG = frozenset(("aws_security_group.app.ingress",))  # tfparse makes three blocks of the four entries of local.rules


@pytest.fixture(scope="module")
def sample() -> Estate:
    return hcl.read(SAMPLE, Options(SAMPLE))


def test_a_varied_module_reads_without_a_complaint(sample: Estate) -> None:
    assert sample.diagnostics == []
    assert sample.region == "ap-northeast-1"
    assert sample.versions == {"aws": (5, 40)}
    assert [one.address for one in sample.resources if one.type == "aws_security_group_rule"] == [
        'aws_security_group_rule.each["a-22"]',
        'aws_security_group_rule.each["b-22"]',
    ]
    assert not any(one.conditional for one in sample.resources)
    policy = sample.at("aws_s3_bucket_policy.this[0]").values["policy"]  # type: ignore[union-attr]
    assert isinstance(policy, Unknown)
    statement = policy.partial["Statement"]
    statement = statement[0] if isinstance(statement, list) else statement
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    invalid = [one for resource in sample.resources for one in unknowns(resource.values) if one.reason == "invalid-expression"]
    assert len(invalid) == 1, "only one(…) of two subnets is wrong in the sample"


def test_known_values_agree_with_tfparse(sample: Estate) -> None:
    tfparse = pytest.importorskip("tfparse")
    compared = 0
    for type, blocks in tfparse.load_from_path(SAMPLE).items():
        for block in blocks:
            address = block["__tfmeta"]["path"]
            if block["__tfmeta"].get("type") not in ("resource", "data") or type == "variable":
                continue
            ours = sample.at(address) or sample.at(f"data.{address}")
            assert ours is not None, address
            for name, theirs in block.items():
                if name not in SKIPPED and f"{address}.{name}" not in WRONG:
                    compared += agree(ours.values.get(name), theirs, f"{address}.{name}")
    assert compared > 40


def agree(ours: Any, theirs: Any, where: str) -> int:
    """The number of leaves compared; what either side does not know is left out."""
    if ours is None or isinstance(ours, Unknown) or theirs is None:
        return 0
    if isinstance(ours, list) and isinstance(theirs, dict):
        theirs = [theirs]
    if isinstance(ours, list):
        assert isinstance(theirs, list) and len(theirs) == len(ours), where
        return sum(agree(a, b, where) for a, b in zip(ours, theirs, strict=True))
    if isinstance(ours, dict):
        return sum(agree(ours.get(name), item, f"{where}.{name}") for name, item in theirs.items() if name not in SKIPPED)
    assert ours == theirs or str(ours) == str(theirs), where
    return 1
