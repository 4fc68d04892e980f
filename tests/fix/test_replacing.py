"""What an edit does to a resource that is there, held against the resource schemas that cfn-lint bundles."""

import pytest

from cloudpolicy.fix import replacing

CONDITIONAL = {"AWS::EC2::Instance"}  # its schema says so of all block devices; the reference lets only DeleteOnTermination change in place


def test_what_is_known_of_cloudformation_is_what_its_schemas_say():
    manager = pytest.importorskip("cfnlint.schema.manager").PROVIDER_SCHEMA_MANAGER
    seen = 0
    for effect, lists in ((replacing.REPLACES, ("createOnlyProperties",)), (replacing.MAY, ("conditionalCreateOnlyProperties",))):
        for type, paths in replacing._EFFECTS[effect].items():
            if type.startswith("AWS::"):
                schema = manager.get_resource_schema("ap-northeast-1", type).schema
                lists = (*lists, "conditionalCreateOnlyProperties") if type in CONDITIONAL else lists
                pointers = [pointer for name in lists for pointer in schema.get(name, ())]
                listed = [tuple(part for part in pointer.split("/")[2:] if part != "*") for pointer in pointers]
                for path in paths:
                    steps = tuple(path.split("."))
                    assert any(steps[: len(one)] == one or one[: len(steps)] == steps for one in listed), (type, path)
                    seen += 1
    assert seen > 30


@pytest.mark.parametrize(
    ("type", "path", "effect"),
    [
        ("aws_db_instance", "storage_encrypted", "replaces"),
        ("aws_db_instance", "publicly_accessible", ""),
        ("aws_instance", "root_block_device.encrypted", "replaces"),
        ("aws_instance", "root_block_device.volume_size", ""),
        ("aws_instance", "metadata_options.http_tokens", ""),
        ("aws_launch_configuration", "metadata_options.http_tokens", "replaces"),
        ("aws_alb", "internal", "replaces"),
        ("aws_opensearch_domain", "encrypt_at_rest.enabled", "may"),
        ("AWS::EC2::Volume", "Encrypted", "refused"),
        ("Microsoft.Storage/storageaccounts", "properties.encryption.requireInfrastructureEncryption", "refused"),
        ("Microsoft.Storage/storageAccounts", "properties.minimumTlsVersion", ""),
        ("none_such", "a", ""),
    ],
)
def test_effects(type, path, effect):
    assert replacing.effect(type, tuple(path.split("."))) == effect


def test_the_worst_of_several():
    assert replacing.worst(["", "may", "refused", "replaces"]) == "refused"
    assert replacing.worst([]) == ""
