"""Edits of *.tf.json: what the HCL would get, as JSON; each is read and judged again before it is kept."""

import json

import pytest

from cloudpolicy.config import Config
from cloudpolicy.fix import run as fixing
from cloudpolicy.scan import Request


def fix(folder, text, *policies):
    path = folder / "main.tf.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    outcome = fixing.run(Request([str(folder)], Config(str(folder), values={"select": list(policies)})))
    assert outcome.write() == []
    return path.read_bytes().decode(), outcome.targets


def key(body):
    return '{\n  "//": "鍵",\n  "resource": {\n    "aws_kms_key": {\n      "k": ' + body + "\n    }\n  }\n}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"enable_key_rotation": false}', '{"enable_key_rotation": true}'),
        ('{"enable_key_rotation": "false"}', '{"enable_key_rotation": "true"}'),
        ('{"description": "x"}', '{"description": "x", "enable_key_rotation": true}'),
        ('[{\n        "description": "x"\n      }]', '[{\n        "description": "x",\n        "enable_key_rotation": true\n      }]'),
    ],
)
@pytest.mark.parametrize(
    "change", [str, lambda text: text.replace("\n", "\r\n"), lambda text: "\ufeff" + text], ids=["plain", "crlf", "bom"]
)
def test_an_attribute(tmp_path, before, after, change):
    assert fix(tmp_path, change(key(before)), "CP_KEY_002")[0] == change(key(after))


def test_a_template_in_a_string_is_not_overwritten(tmp_path):
    text = key('{"enable_key_rotation": "${!local.no}"}').replace('"//": "鍵"', '"locals": {"no": true}')
    after, (target,) = fix(tmp_path, text, "CP_KEY_002")
    assert after == text
    assert "comes from the expression" in target.reason.en


def test_what_is_a_local_value_is_changed_there(tmp_path):
    text = key('{"enable_key_rotation": "${local.keys.rotate}"}').replace('"//": "鍵"', '"locals": {"keys": {"rotate": false}}')
    after, (target,) = fix(tmp_path, text, "CP_KEY_002")
    assert target.fixed and after == text.replace('"rotate": false', '"rotate": true')


@pytest.mark.parametrize("block", ['{"http_tokens": "optional"}', '[{"http_tokens": "optional"}]'])
def test_a_nested_block_as_object_and_as_list(tmp_path, block):
    text = '{"resource": {"aws_instance": {"i": {"metadata_options": BLOCK}}}}\n'.replace("BLOCK", block)
    after, _ = fix(tmp_path, text, "CP_VM_002")
    assert after == text.replace("optional", "required")


def test_a_block_that_is_not_there_yet(tmp_path):
    after, (target,) = fix(tmp_path, '{\n  "resource": {\n    "aws_instance": {\n      "i": {}\n    }\n  }\n}\n', "CP_VM_002")
    assert target.fixed
    (written,) = [json.loads(after)["resource"]["aws_instance"]["i"]["metadata_options"]]
    assert (written[0] if isinstance(written, list) else written)["http_tokens"] == "required"


@pytest.mark.parametrize("count", ["", '"count": 2, '])
def test_companions(tmp_path, count):
    bucket = '"aws_s3_bucket": {"b": {' + count + '"bucket": "x"}}'
    policies = ("CP_OBJ_001", "CP_OBJ_003", "CP_TLS_003")
    index = "[count.index]" if count else ""
    for text in ('{"resource": {BUCKET}}\n', '{"resource": [{BUCKET}]}\n'):
        after, targets = fix(tmp_path, text.replace("BUCKET", bucket), *policies)
        assert targets and all(target.fixed for target in targets)
        assert bucket[:-2] in after
        resources = json.loads(after)["resource"]
        resources = resources if isinstance(resources, dict) else {type: named for one in resources for type, named in one.items()}
        block = resources["aws_s3_bucket_public_access_block"]["b"]
        assert block["bucket"] == f"${{aws_s3_bucket.b{index}.id}}"
        assert ("count" in block) == bool(count)
        policy = json.loads(resources["aws_s3_bucket_policy"]["b"]["policy"])
        assert policy["Statement"][0]["Resource"][1] == f"${{aws_s3_bucket.b{index}.arn}}/*"
        assert fix(tmp_path, after, *policies)[0] == after
