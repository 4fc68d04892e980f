"""Values of variables and parameters: changed where they are set, when nothing else hangs on them; never blindly."""

import pytest

from cloudpolicy.config import Config
from cloudpolicy.fix import run as fixing
from cloudpolicy.scan import Request

KEY = 'resource "aws_kms_key" "k" {\n  enable_key_rotation = var.rotate\n}\n'
GROUP = 'resource "aws_cloudwatch_log_group" "g" {\n  name              = "g"\n  retention_in_days = var.days\n}\n'
DAYS = 'variable "days" {\n  type    = number\n  default = 30\n}\n'


@pytest.fixture
def fix(tmp_path):
    """Fixes some texts; (the texts that changed, the reasons why others did not)."""

    def call(texts, policy, *paths, parameters=()):
        for name, text in texts.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        values = {"select": [policy], "region": "ap-northeast-1", "parameter_files": list(parameters)}
        outcome = fixing.run(Request([str(tmp_path / path) for path in paths or ("",)], Config(str(tmp_path), values=values)))
        assert outcome.write() == []
        after = {name: (tmp_path / name).read_text(encoding="utf-8") for name in texts}
        return (
            {name: text for name, text in after.items() if text != texts[name]},
            [target.reason.en for target in outcome.targets if not target.fixed],
        )

    return call


@pytest.mark.parametrize(
    ("texts", "changed", "after"),
    [
        ({"main.tf": DAYS + GROUP}, "main.tf", DAYS.replace("30", "365") + GROUP),
        ({"main.tf": GROUP, "variables.tf": DAYS}, "variables.tf", DAYS.replace("30", "365")),
        ({"main.tf": DAYS + GROUP, "terraform.tfvars": "days = 7 # 規程\n"}, "terraform.tfvars", "days = 365 # 規程\n"),
        ({"main.tf": DAYS + GROUP, "terraform.tfvars": "days=7\n", "x.auto.tfvars": "days = 9\n"}, "x.auto.tfvars", "days = 365\n"),
        ({"main.tf": DAYS + GROUP, "terraform.tfvars": "other = 7\n"}, "main.tf", DAYS.replace("30", "365") + GROUP),
    ],
)
def test_a_root_variable(fix, texts, changed, after):
    assert fix(texts, "CP_LOG_004") == ({changed: after}, [])


LOCAL = "locals {\n  days = 30 # 規程\n}\n" + GROUP.replace("var.days", "local.days")
KEYS = 'resource "aws_kms_key" "k" {\n  for_each = local.keys\n\n  enable_key_rotation = each.value.rotate\n}\n'
MAP = "locals {\n  keys = {\n    a = { rotate = true }\n    b = { rotate = false } # 古い\n  }\n}\n"
OBJECT = 'variable "log" {\n  type = object({ days = number, name = optional(string) })\n}\n' + GROUP.replace("var.days", "var.log.days")


@pytest.mark.parametrize(
    ("texts", "policy", "changed", "after"),
    [
        (
            {"main.tf": DAYS + GROUP, "terraform.tfvars.json": '{"days": 7, "x": 1}\n'},
            "CP_LOG_004",
            "terraform.tfvars.json",
            '{"days": 365, "x": 1}\n',
        ),
        ({"main.tf": LOCAL}, "CP_LOG_004", "main.tf", LOCAL.replace("30", "365")),
        ({"l.tf": LOCAL.replace("30", "var.days") + DAYS}, "CP_LOG_004", "l.tf", LOCAL.replace("30", "var.days") + DAYS.replace("30", "365")),
        (
            {"main.tf": OBJECT, "terraform.tfvars": 'log = {\n  name = "x"\n  days = 7\n}\n'},
            "CP_LOG_004",
            "terraform.tfvars",
            'log = {\n  name = "x"\n  days = 365\n}\n',
        ),
        ({"main.tf": MAP + KEYS}, "CP_KEY_002", "main.tf", MAP.replace("false", "true") + KEYS),
        (
            {"main.tf": KEYS.replace("local.keys", '{ a = { rotate = false }, b = { rotate = true } }')},
            "CP_KEY_002",
            "main.tf",
            KEYS.replace("local.keys", '{ a = { rotate = true }, b = { rotate = true } }'),
        ),
        (
            {"main.tf": MAP + 'module "m" {\n  for_each = local.keys\n  source = "./m"\n  rotate = each.value.rotate\n}\n', "m/m.tf": 'variable "rotate" {}\n' + KEY.replace("var.rotate", "var.rotate")},
            "CP_KEY_002",
            "main.tf",
            MAP.replace("false", "true") + 'module "m" {\n  for_each = local.keys\n  source = "./m"\n  rotate = each.value.rotate\n}\n',
        ),
        (
            {"main.tf.json": '{"variable": {"rotate": {"default": false}}}\n', "k.tf": KEY},
            "CP_KEY_002",
            "main.tf.json",
            '{"variable": {"rotate": {"default": true}}}\n',
        ),
    ],
)  # fmt: skip
def test_what_has_a_name_in_terraform_is_changed_where_it_is_set(fix, texts, policy, changed, after):
    assert fix(texts, policy, "") == ({changed: after}, [])


def test_a_local_value_of_two_uses_is_left_alone(fix):
    more = 'resource "aws_db_instance" "d" {\n  backup_retention_period = local.days\n}\n'
    changed, (reason,) = fix({"main.tf": LOCAL + more}, "CP_LOG_004")
    assert changed == {}
    assert "local.days decides aws_db_instance.d, too; give one of them a value of its own" in reason


def call(name, days):
    return f'module "{name}" {{\n  source = "./logs"\n  days   = {days}\n}}\n'


def test_a_module_is_given_it_by_its_caller(fix):
    """Of two callers the one that is wrong changes, and the module does not."""
    logs = {"logs/main.tf": 'variable "days" {\n  type = number\n}\n' + GROUP}
    assert fix(logs | {"main.tf": call("short", 30) + call("long", 400)}, "CP_LOG_004", "") == (
        {"main.tf": call("short", 365) + call("long", 400)},
        [],
    )


def test_through_several_levels_to_the_root(fix):
    texts = {
        "main.tf": DAYS + 'module "a" {\n  for_each = toset(["x", "y"])\n  source   = "./mid"\n  keep     = var.days\n}\n',
        "mid/main.tf": 'variable "keep" {}\nmodule "b" {\n  source = "../logs"\n  days   = var.keep\n}\n',
        "logs/main.tf": 'variable "days" {}\n' + GROUP,
    }
    assert fix(texts, "CP_LOG_004") == ({"main.tf": texts["main.tf"].replace("30", "365")}, [])


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (
            'output "o" {\n  value = 1\n}\nresource "aws_db_instance" "d" {\n  backup_retention_period = var.days\n}\n',
            "days decides aws_db_instance.d",
        ),
        ('resource "aws_sqs_queue" "q" {\n  count = var.days == 30 ? 1 : 0\n}\n', "aws_sqs_queue.q"),
        ('resource "aws_sqs_queue" "q" {\n  count = var.days > 100 ? 1 : 0\n}\n', "aws_sqs_queue.q"),
    ],
)
def test_what_decides_something_else_too_is_left_alone(fix, more, why):
    changed, (reason,) = fix({"main.tf": DAYS + GROUP + more}, "CP_LOG_004")
    assert changed == {}
    assert why in reason


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        (
            {"main.tf": DAYS.replace("}", '  validation {\n    condition     = var.days < 100\n    error_message = "x"\n  }\n}') + GROUP},
            "validation",
        ),
        ({"main.tf": DAYS + GROUP, "terraform.tfvars": "# Code generated by x. DO NOT EDIT.\ndays = 7\n"}, "generated"),
        ({"main.tf": DAYS.replace("30", "10 + 20") + GROUP}, "10 + 20"),
        ({"main.tf": "locals {\n  days = 3 * 10\n}\n" + GROUP.replace("var.days", "local.days")}, "the expression 3 * 10"),
        (
            {"main.tf": GROUP.replace("var.days", "each.value").replace("{\n", "{\n  for_each = toset(['30'])\n".replace("'", '"'), 1)},
            "each.value",
        ),
    ],
)
def test_what_cannot_be_followed(fix, texts, why):
    changed, (reason,) = fix(texts, "CP_LOG_004")
    assert changed == {}
    assert why in reason


def test_an_environment_variable_wins_and_so_nothing_is_written(tmp_path):
    text = DAYS + GROUP
    (tmp_path / "main.tf").write_text(text)
    request = Request([str(tmp_path)], Config(str(tmp_path), values={"select": ["CP_LOG_004"]}), {"TF_VAR_days": "7"})
    outcome = fixing.run(request)
    assert outcome.texts == {}
    assert "does not make it pass" in outcome.targets[0].reason.en


TEMPLATE = """\
Parameters:
  Days:
    Type: Number
    Default: 30  # 規程
{more}Resources:
  G:
    Type: AWS::Logs::LogGroup
    Properties:
      RetentionInDays: !Ref Days
"""


def test_a_parameter_of_a_template(fix):
    text = TEMPLATE.format(more="")
    assert fix({"t.yaml": text}, "CP_LOG_004") == ({"t.yaml": text.replace("30", "365")}, [])


@pytest.mark.parametrize("more", ["    AllowedValues: [7, 30]\n", "    MaxValue: 90\n", '    AllowedPattern: "[0-9]{1,2}"\n'])
def test_a_parameter_that_does_not_take_the_value(fix, more):
    changed, (reason,) = fix({"t.yaml": TEMPLATE.format(more=more)}, "CP_LOG_004")
    assert changed == {}
    assert "does not take 365" in reason


def test_a_nested_stack_is_given_it(fix):
    nested = TEMPLATE.format(more="").replace("    Default: 30  # 規程\n", "")
    parent = "Resources:\n  N:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: ./n.yaml\n      Parameters: {Days: 30}\n"
    assert fix({"t.yaml": parent, "n.yaml": nested}, "CP_LOG_004") == ({"t.yaml": parent.replace("30", "365")}, [])


def test_parameter_files_of_cloudformation(fix, tmp_path):
    text = TEMPLATE.format(more="")
    for given, after in (
        ('[{"ParameterKey": "Days", "ParameterValue": "7"}]\n', '[{"ParameterKey": "Days", "ParameterValue": "365"}]\n'),
        ('["Days=7"]\n', '["Days=365"]\n'),
        ('{"Parameters": {"Days": 7}}\n', '{"Parameters": {"Days": 365}}\n'),
    ):
        (tmp_path / "given.json").write_text(given)
        assert fix({"t.yaml": text, "given.json": given}, "CP_LOG_004", parameters=["given.json"]) == ({"given.json": after}, [])


def test_samconfig_is_told(fix):
    given = 'version = 0.1\n[default.deploy.parameters]\nparameter_overrides = "Days=7"\n'
    changed, (reason,) = fix({"template.yaml": TEMPLATE.format(more=""), "samconfig.toml": given}, "CP_LOG_004", "template.yaml")
    assert changed == {}
    assert "Days is set in samconfig.toml; change it there" in reason


MAPPED = """\
Parameters:
  Stage: {{Type: String, Default: test}}
Mappings:
  Stages:
    prod: {{Days: 365}}
    test: {{Days: 30}}  # 規程
Resources:
  G:
    Type: AWS::Logs::LogGroup
    Properties:
      RetentionInDays: {}
"""


@pytest.mark.parametrize(
    "find",
    [
        "!FindInMap [Stages, !Ref Stage, Days]",
        "!FindInMap [Stages, test, Days]",
        "{'Fn::FindInMap': [Stages, {Ref: Stage}, Days]}",
        "\n        Fn::FindInMap:\n          - Stages\n          - !Ref Stage\n          - Days",
    ],
)
def test_a_mapping(fix, find):
    text = MAPPED.format(find)
    assert fix({"t.yaml": text}, "CP_LOG_004") == ({"t.yaml": text.replace("30", "365")}, [])


def test_a_mapping_that_decides_something_else_too_is_left_alone(fix):
    find = "!FindInMap [Stages, !Ref Stage, Days]"
    queue = f"  Q: {{Type: AWS::SQS::Queue, Properties: {{DelaySeconds: {find}}}}}\n"
    changed, (reason,) = fix({"t.yaml": MAPPED.format(find) + queue}, "CP_LOG_004")
    assert changed == {}
    assert f"{find} decides Q, too" in reason


WORKSPACE = """\
{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": {"days": {"type": "int", "defaultValue": 400}},
  "variables": {"log": {"days": 30}},
  "resources": [
    {
      "type": "Microsoft.OperationalInsights/workspaces",
      "apiVersion": "2022-10-01",
      "name": "w",
      "location": "japaneast",
      "properties": {"retentionInDays": "[EXPRESSION]"}
    }
  ]
}
"""
FILE = '{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#", "parameters": {"days": {"value": 7}}}\n'


def test_an_arm_variable(fix):
    text = WORKSPACE.replace("EXPRESSION", "variables('log').days")
    assert fix({"main.json": text}, "CP_LOG_004") == ({"main.json": text.replace("30", "365")}, [])


def test_an_arm_parameter_file(fix):
    texts = {"main.json": WORKSPACE.replace("EXPRESSION", "parameters('days')"), "main.parameters.json": FILE}
    assert fix(texts, "CP_LOG_004") == ({"main.parameters.json": FILE.replace("7}", "365}")}, [])


BICEP = "resource w 'Microsoft.OperationalInsights/workspaces@2022-10-01' = {\n  name: 'w'\n  properties: {\n    retentionInDays: EXPRESSION\n  }\n}\n"


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("var days = 30 // 規程\n", "days"),
        ("var log = {\n  days: 30\n}\n", "log.days"),
        ("param log object = {\n  days: 30\n}\n", "log.days"),
        ("param days int = 30\nvar kept = days\n", "kept"),
    ],
)
def test_a_bicep_variable(fix, head, name):
    text = head + BICEP.replace("EXPRESSION", name)
    assert fix({"main.bicep": text}, "CP_LOG_004") == ({"main.bicep": text.replace("30", "365")}, [])


def test_a_bicep_parameter_file(fix):
    texts = {
        "main.bicep": "param days int = 400\n" + BICEP.replace("EXPRESSION", "days"),
        "main.bicepparam": "using './main.bicep'\nparam days = 7\n",
    }
    assert fix(texts, "CP_LOG_004") == ({"main.bicepparam": "using './main.bicep'\nparam days = 365\n"}, [])
