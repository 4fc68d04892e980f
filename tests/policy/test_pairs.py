"""No check is vacuous: for every (policy, check, resource type) there are values that it passes and values that it fails."""

import pytest

from cloudpolicy.model import Unknown
from cloudpolicy.policy import documents, pack
from policy import pairs

FAULT = "declaring it is the fault, whatever its attributes"
OPEN = "answers for what is not written or not known; a written value is another check's"

# (policy, resource type) -> why no value of it can fail
ALWAYS = {
    ("CP_DB_001", type): "always encrypted by the service"
    for type in ("aws_dynamodb_table", "azurerm_cosmosdb_account", "azurerm_mariadb_server", "azurerm_redis_cache", "AWS::DynamoDB::Table")
}

# (policy, first attribute or predicate of `require`) -> why nothing that the check judges can pass. Unless declaring it is the fault, its `when`
# has to tell apart instead: there must be values that it leaves alone.
NEVER = {
    ("CP_IAM_003", "credentials.is_issued"): FAULT,
    ("CP_IAM_005", "iam.goes_to_user"): FAULT,
    ("CP_IAM_007", "FileSystemPolicy"): OPEN,
    ("CP_IAM_007", "properties.allowBlobPublicAccess"): OPEN,
    ("CP_IAM_009", "credentials.is_individual"): FAULT,
    ("CP_IAM_009", "credentials.is_user"): FAULT,
    ("CP_NET_003", "routing.leads_to_internet"): OPEN,
    ("CP_NET_003", "subnet_id"): OPEN,
    ("CP_NET_003", "vpc_zone_identifier"): OPEN,
    ("CP_NET_003", "SubnetId"): OPEN,
    ("CP_NET_003", "VPCZoneIdentifier"): OPEN,
    ("CP_NET_004", "associate_public_ip_address"): OPEN,
    ("CP_NET_004", "NetworkInterfaces.AssociatePublicIpAddress"): OPEN,
    ("CP_NET_009", "closed.is_declared"): FAULT,
    ("CP_RES_001", "region.azure_domestic"): OPEN,
    ("CP_RES_002", "region.pair_domestic"): OPEN,
    ("CP_VM_001", "BlockDeviceMappings.Ebs.Encrypted"): OPEN,
    ("CP_VM_001", "LaunchTemplateData.BlockDeviceMappings.Ebs"): OPEN,
}

# (policy, first attribute or predicate of `require`) -> why breaking it is never certain, where the policy does not say so itself
DOUBTFUL = {
    ("CP_NET_003", "routing.main_table_exposes"): "the subnets that use the table are in another estate",
    ("CP_NET_003", "routing.route_exposes"): "the table, and the subnets that use it, are in another estate",
    ("CP_VM_007", "patching.in_patch_group"): "patching may be arranged for the whole account",
}

# (policy, resource type) -> what is missing; the list can only shrink
UNPROVEN: dict[tuple[str, str], str] = {}

DOCUMENTS, _ = documents.load_folder(pack.folder() + "/rules")


def proofs(document):
    """(check's number, type, wanted answer, how it was reached or None) for every pair of the policy."""
    library = pairs.Library(document)
    for number, check in enumerate(library.checks):
        for type in check.types:
            if type.endswith("*"):
                type = next((case[1].type for case in library.cases if case[1].type.startswith(type[:-1])), type)
            for wanted in (True, False):
                yield number, type, wanted, _how(document.policy.id, check, type, wanted, library)


def _how(policy, check, type, wanted, library):
    found = _reached(check, type, library, wanted, lambda truth: truth is wanted)
    if found:
        return found
    if not wanted:
        if (policy, type) in ALWAYS:
            return "always"
        in_doubt = check.may_doubt() or NEVER.get((policy, check.subject())) is OPEN or (policy, check.subject()) in DOUBTFUL
        found = in_doubt and _reached(check, type, library, False, lambda truth: isinstance(truth, Unknown))
        return f"in doubt: {check.subject()}" if found else None
    reason = NEVER.get((policy, check.subject()))
    told_apart = reason is FAULT or (reason is OPEN and any(check.truth(case) is None for case in pairs.avoiding(check, type, library)))
    return f"never: {check.subject()}" if told_apart else None


def _reached(check, type, library, wanted, right):
    cases = [case for case in library.cases if check.covers(case[1].type)]
    if any(case[1].type == type and right(check.truth(case)) for case in cases):
        return "example"
    if any(right(check.truth(pairs.retyped(case, type))) for case in cases):
        return "example of another type"
    return "guess" if any(right(check.truth(case)) for case in pairs.meeting(check, type, library, wanted)) else None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.policy.id)
def test_every_type_of_every_check_is_told_apart(document):
    found = list(proofs(document))
    nothing = [
        (type, f"checks[{number}] {type}: nothing makes it {'pass' if wanted else 'fail'}")
        for number, type, wanted, how in found
        if not how
    ]
    assert [text for type, text in nothing if (document.policy.id, type) not in UNPROVEN] == []
    used = {how for _, _, _, how in found} | {type for _, type, _, how in found if how == "always"} | {type for type, _ in nothing}
    listed = {f"never: {subject}" for policy, subject in NEVER if policy == document.policy.id}
    listed |= {f"in doubt: {subject}" for policy, subject in DOUBTFUL if policy == document.policy.id}
    listed |= {type for policy, type in [*ALWAYS, *UNPROVEN] if policy == document.policy.id}
    assert listed - used == set(), "no longer needed"


@pytest.mark.parametrize(
    ("require", "missing"),
    [
        ("{any: [{encrypted: true}, {encrypted: {not_equals: true, absent: pass}}]}", False),
        ("{encrypted: true, size: {in: [1]}, not: {size: 1}}", True),
        ("{size: {at_most: 9}, not: {size: {at_least: 5}}}", None),
    ],
)
def test_a_vacuous_check_is_noticed(tmp_path, require, missing):
    text = f"""
id: CP_VM_999
slug: vacuous
since: 0.1.0
severity: low
confidence: high
profiles: [baseline]
title: {{ja: 題, en: title}}
rationale: {{ja: 理由, en: why}}
remedy: {{ja: 対処, en: how}}
clauses: []
checks:
  - resource: aws_ebs_volume
    require: {require}
examples:
  terraform:
    pass: ['resource "aws_ebs_volume" "a" {{}}']
    fail: ['resource "aws_ebs_volume" "b" {{}}']
    unknown: none because this is a test
"""
    path = tmp_path / "CP_VM_999_vacuous.yaml"
    path.write_text(text, encoding="utf-8")
    document, problems = documents.load_file(str(path))
    assert document is not None, problems
    assert [wanted for _, _, wanted, how in proofs(document) if how is None] == ([] if missing is None else [missing])
