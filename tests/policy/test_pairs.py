"""No check is vacuous: for every (policy, check, resource type) there are values that it passes and values that it does not."""

import pytest

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
    ("CP_CON_006", "access_config.authentication_mode"): OPEN,
    ("CP_CON_006", "AccessConfig.AuthenticationMode"): OPEN,
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

DOCUMENTS, _ = documents.load_folder(pack.folder() + "/rules")


def proofs(document):
    """(check, its number, type, wanted answer, how it was reached or None) for every pair of the policy."""
    library = pairs.Library(document)
    for number, check in enumerate(library.checks):
        cases = [case for case in library.cases if check.covers(case[1].type)]
        for type in check.types:
            if type.endswith("*"):
                type = next((case[1].type for case in cases if case[1].type.startswith(type[:-1])), type)
            for wanted in (True, False):
                yield number, type, wanted, _how(document.policy.id, check, type, wanted, cases, library)


def _how(policy, check, type, wanted, cases, library):
    if any(case[1].type == type and check.answers(case, wanted) for case in cases):
        return "example"
    if any(check.answers(pairs.retyped(case, type), wanted) for case in cases):
        return "example of another type"
    if pairs.synthesized(check, type, wanted, library):
        return "synthesized"
    if not wanted:
        return "always" if (policy, type) in ALWAYS else None
    reason = NEVER.get((policy, check.subject()))
    told_apart = reason is FAULT or (reason is not None and pairs.avoided(check, type, library))
    return f"never: {check.subject()}" if told_apart else None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.policy.id)
def test_every_type_of_every_check_is_told_apart(document):
    found = list(proofs(document))
    unproven = [
        f"checks[{number}] {type}: nothing makes it {'pass' if wanted else 'fail'}" for number, type, wanted, how in found if how is None
    ]
    assert unproven == []
    used = {how for _, _, _, how in found} | {type for _, type, _, how in found if how == "always"}
    listed = {f"never: {subject}" for policy, subject in NEVER if policy == document.policy.id}
    listed |= {type for policy, type in ALWAYS if policy == document.policy.id}
    assert listed - used == set(), "no longer needed"
