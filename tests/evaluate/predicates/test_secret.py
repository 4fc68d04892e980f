"""Plain-text secrets: what counts as one, and above all what does not."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context
from cloudpolicy.evaluate.predicates.secret import absent_everywhere, in_script
from cloudpolicy.evaluate.predicates.secret_marks import KEY, NONE, PASSWORD, SECRET, SETTING, assigns_secret, holds_token, name_class
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

# Made at run time, so that no scanner takes this file for a leak.
AWS_ID = "AKIA" + "Q7ZL2MXV4TNB6RYW"
AWS_SECRET = "wJalrXUt" + "nFEMI/K7MDENG/bPxRfiCYzzKLmQ0pTa"
PRIVATE_KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA" * 4 + "\n-----END RSA " + "PRIVATE KEY-----"
ACCOUNT_KEY = "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=" + "a1B2" * 21 + "ab=="
JWT = "eyJhbGciOiJIUzI1" + "NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1r"


def path_of(type: str, values: dict[str, Any]) -> tuple[Any, ...] | None:
    span = Span("/x/main.tf")
    resource = Resource(type, f"{type}.x", values, span)
    answer = absent_everywhere(Context(Estate("/x", "terraform", "hcl", [resource]), resource, {}, {}))
    return None if answer.truth is True else answer.path


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("password", PASSWORD), ("master_password", PASSWORD), ("MasterUserPassword", PASSWORD), ("DB_PASS", PASSWORD), ("dbPassword", PASSWORD),
        ("password_wo", PASSWORD), ("passwords", PASSWORD), ("administrator_login_password", PASSWORD), ("PGPASSWORD", PASSWORD),
        ("/app/db/password", PASSWORD), ("auth_token", KEY), ("AuthToken", KEY), ("client_secret", KEY), ("ClientSecret", KEY), ("api-key", KEY),
        ("X_API_KEY", KEY), ("tunnel1_preshared_key", KEY), ("storage_account_access_key", KEY), ("AWS_SECRET_ACCESS_KEY", KEY), ("JWT_SECRET", KEY),
        ("DB_SECRET", SECRET), ("secret", SECRET), ("ENCRYPTION_KEY", SETTING), ("OAuthToken", KEY), ("SECRET_KEY_BASE", KEY),
        ("ApiKeyValue", KEY),
        ("encryption_key", NONE), ("password_policy", NONE), ("PasswordPolicy", NONE), ("secret_name", NONE), ("secret_arn", NONE), ("SecretId", NONE),
        ("kms_key_id", NONE), ("creation_token", NONE), ("ClientToken", NONE), ("client_token", NONE), ("NextToken", NONE), ("ServiceToken", NONE),
        ("password_length", NONE), ("minimum_password_length", NONE), ("http_tokens", NONE), ("token_endpoint", NONE), ("TOKEN_URL", NONE),
        ("public_key", NONE), ("key_name", NONE), ("AccessKeyId", NONE), ("GenerateStringKey", NONE), ("PasswordResetRequired", NONE),
        ("bypass", NONE), ("compass", NONE), ("partition_key", NONE), ("hash_key", NONE), ("manage_master_user_password", NONE),
        ("event_source_token", NONE), ("is_value_secret", NONE), ("PASSWORD_FILE", NONE), ("password_data", NONE), ("KeyPass2", NONE),
    ],
)  # fmt: skip
def test_names(name: str, kind: int) -> None:
    assert name_class(name) == kind


FOUND: dict[str, tuple[str, dict[str, Any], tuple[Any, ...]]] = {
    "attribute": ("aws_db_instance", {"username": "admin", "password": "hunter2!"}, ("password",)),
    "weak": ("aws_db_instance", {"password": "changeme"}, ("password",)),
    "the word itself": ("aws_db_instance", {"password": "password"}, ("password",)),
    "write-only": ("aws_db_instance", {"password_wo": "Sup3rSecret"}, ("password_wo",)),
    "number": ("AWS::RDS::DBInstance", {"MasterUserPassword": 12345678}, ("MasterUserPassword",)),
    "list": ("aws_elasticache_user", {"passwords": ["averylongpassword16"]}, ("passwords", 0)),
    "nested": (
        "aws_opensearch_domain",
        {"advanced_security_options": [{"master_user_options": [{"master_user_password": "Barbarbarbar1!"}]}]},
        ("advanced_security_options", 0, "master_user_options", 0, "master_user_password"),
    ),
    "environment": ("aws_lambda_function", {"environment": [{"variables": {"DB_PASSWORD": "s3cr3t"}}]}, ("environment", 0, "variables", "DB_PASSWORD")),
    "environment key": ("aws_lambda_function", {"environment": [{"variables": {"secret_key": AWS_SECRET}}]}, ("environment", 0, "variables", "secret_key")),
    "cfn environment": ("AWS::Lambda::Function", {"Environment": {"Variables": {"API_KEY": "f3b1c9d0a"}}}, ("Environment", "Variables", "API_KEY")),
    "cfn container": (
        "AWS::ECS::TaskDefinition",
        {"ContainerDefinitions": [{"Environment": [{"Name": "MODE", "Value": "a"}, {"Name": "DB_PASSWORD", "Value": "hunter2"}]}]},
        ("ContainerDefinitions", 0, "Environment", 1, "Value"),
    ),
    "container json": (
        "aws_ecs_task_definition",
        {"container_definitions": json.dumps([{"name": "web", "environment": [{"name": "DB_PASSWORD", "value": "hunter2"}]}])},
        ("container_definitions",),
    ),
    "container json, half known": (
        "aws_ecs_task_definition",
        {"container_definitions": Unknown("x", partial=[{"environment": [{"name": "API_TOKEN", "value": "abc123def"}], "image": Unknown("y")}])},
        ("container_definitions",),
    ),
    "build": ("aws_codebuild_project", {"environment": [{"environment_variable": [{"name": "GITHUB_TOKEN", "value": "abcdef0123"}]}]},
              ("environment", 0, "environment_variable", 0, "value")),
    "secure parameter": ("aws_ssm_parameter", {"name": "/a/b", "type": "SecureString", "value": "hunter2hunter2"}, ("value",)),
    "plain parameter": ("aws_ssm_parameter", {"name": "/app/db/password", "type": "String", "value": "hunter2"}, ("value",)),
    "secret version": ("aws_secretsmanager_secret_version", {"secret_string": "hunter2hunter2"}, ("secret_string",)),
    "secret version json": ("aws_secretsmanager_secret_version", {"secret_string": '{"username":"a","password":"hunter2"}'}, ("secret_string",)),
    "cfn secret": ("AWS::SecretsManager::Secret", {"SecretString": '{"password":"hunter2"}'}, ("SecretString",)),
    "key vault secret": ("azurerm_key_vault_secret", {"name": "x", "value": "szechuan"}, ("value",)),
    "container app": ("azurerm_container_app", {"secret": [{"name": "registry", "value": "q8rj2kfd"}]}, ("secret", 0, "value")),
    "event connection": (
        "aws_cloudwatch_event_connection",
        {"auth_parameters": [{"api_key": [{"key": "x-signature", "value": "1234567890ab"}]}]},
        ("auth_parameters", 0, "api_key", 0, "value"),
    ),
    "user data": ("aws_instance", {"user_data": f"#!/bin/sh\nexport AWS_ACCESS_KEY_ID={AWS_ID}\nexport AWS_SECRET_ACCESS_KEY={AWS_SECRET}\n"}, ("user_data",)),
    "user data password": ("aws_instance", {"user_data": "#!/bin/sh\nexport DB_PASSWORD=supersecret\n"}, ("user_data",)),
    "encoded": ("azurerm_linux_virtual_machine", {"custom_data": base64.b64encode(b"#!/bin/sh\nMYSQL_PASSWORD='hunter22'\n").decode()}, ("custom_data",)),
    "inline code": ("AWS::Lambda::Function", {"Code": {"ZipFile": "import x\npassword = 'hunter22'\ndef handler(e, c):\n  pass\n"}}, ("Code", "ZipFile")),
    "connection string": ("azurerm_linux_web_app", {"app_settings": {"Storage": ACCOUNT_KEY}}, ("app_settings", "Storage")),
    "sql connection": (
        "azurerm_app_service",
        {"connection_string": [{"name": "Database", "value": "Server=x;User ID=sa;Password=Sup3r!Secret;"}]},
        ("connection_string", 0, "value"),
    ),
    "url": ("aws_ecs_service", {"something": "postgres://app:hunter22@db.example.com:5432/x"}, ("something",)),
    "private key": ("aws_iam_server_certificate", {"private_key": PRIVATE_KEY}, ("private_key",)),
    "private key under any name": ("aws_transfer_server", {"host_key": PRIVATE_KEY}, ("host_key",)),
    "jwt": ("aws_lambda_function", {"environment": [{"variables": {"GREETING": JWT}}]}, ("environment", 0, "variables", "GREETING")),
    "half known url": ("aws_x", {"a": Unknown("known-after-apply", partial="postgres://app:hunter22@${aws_db_instance.x.address}/x")}, ("a",)),
    "either way": ("aws_db_instance", {"password": Unknown("condition-undetermined", choices=("hunter2", ABSENT))}, ("password",)),
    "cfn parameter pair": ("AWS::ElasticBeanstalk::Environment",
                           {"OptionSettings": [{"Namespace": "n", "OptionName": "DBPassword", "Value": "hunter2a"}]}, ("OptionSettings", 0, "Value")),
    "token in a tag": ("aws_instance", {"tags": {"note": "ghp_" + "a1B2" * 9}}, ("tags", "note")),
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND)
def test_found(name: str) -> None:
    type, values, path = FOUND[name]
    assert path_of(type, values) == path


CLEAN: dict[str, tuple[str, dict[str, Any]]] = {
    "unknown": ("aws_db_instance", {"password": Unknown("variable-without-value", "var.p")}),
    "reference": ("aws_db_instance", {"password": Unknown("known-after-apply", "random_password.x.result", ("random_password.x",))}),
    "empty": ("aws_db_instance", {"password": ""}),
    "dynamic reference": ("AWS::RDS::DBInstance", {"MasterUserPassword": "{{resolve:secretsmanager:Db:SecretString:password}}"}),
    "key vault reference": ("azurerm_linux_web_app", {"app_settings": {"DB_PASSWORD": "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/x)"}}),
    "managed": ("aws_db_instance", {"manage_master_user_password": True}),
    "managed as text": ("aws_db_instance", {"manage_master_user_password": "true"}),
    "arn": ("aws_lambda_function", {"environment": [{"variables": {"DB_PASSWORD": "arn:aws:secretsmanager:ap-northeast-1:1:secret:x"}}]}),
    "ssm path": ("aws_lambda_function", {"environment": [{"variables": {"DB_PASSWORD": "/prod/db/password"}}]}),
    "secret's name": ("aws_lambda_function", {"environment": [{"variables": {"DB_SECRET": "prod-db-credentials", "SECRET": "prod/db"}}]}),
    "secret's name 2": ("aws_lambda_function", {"environment": [{"variables": {"SECRET_NAME": "abc", "TOKEN_URL": "https://login.example.com/token"}}]}),
    "endpoint": ("aws_lambda_function", {"environment": [{"variables": {"ID_PROVIDER_TOKEN": "https://login.example.com/token"}}]}),
    "token validity": ("aws_cognito_user_pool_client", {"token_validity_units": [{"access_token": "hours", "id_token": "hours", "refresh_token": "days"}]}),
    "creation token": ("aws_efs_file_system", {"creation_token": "my-product"}),
    "password policy": ("aws_iam_account_password_policy", {"minimum_password_length": 14, "allow_users_to_change_password": True}),
    "cognito policy": ("AWS::Cognito::UserPool", {"Policies": {"PasswordPolicy": {"MinimumLength": 12, "TemporaryPasswordValidityDays": 7}}}),
    "generated secret": ("AWS::SecretsManager::Secret",
                         {"GenerateSecretString": {"SecretStringTemplate": '{"username":"admin"}', "GenerateStringKey": "password", "PasswordLength": 32}}),
    "build from a store": ("aws_codebuild_project",
                           {"environment": [{"environment_variable": [{"name": "GITHUB_TOKEN", "value": "github-token", "type": "SECRETS_MANAGER"}]}]}),
    "container secrets": ("aws_ecs_task_definition",
                          {"container_definitions": '[{"name":"w","secrets":[{"name":"DB_PASSWORD","valueFrom":"arn:aws:ssm:ap-northeast-1:1:parameter/x"}]}]'}),
    "initial value": ("aws_ssm_parameter", {"name": "/a/password", "type": "SecureString", "value": "CHANGE_ME"}),
    "initial value 2": ("aws_secretsmanager_secret_version", {"secret_string": "placeholder"}),
    "initial json": ("aws_secretsmanager_secret_version", {"secret_string": '{"username":"a","password":"dummy"}'}),
    "rendered json": ("aws_secretsmanager_secret_version",
                      {"secret_string": Unknown("known-after-apply", partial='{"username":"a","password":"${random_password.x.result}"}')}),
    "rendered dict": ("aws_secretsmanager_secret_version",
                      {"secret_string": Unknown("known-after-apply", partial={"username": "a", "password": Unknown("known-after-apply")})}),
    "plain parameter": ("aws_ssm_parameter", {"name": "/app/db/host", "type": "String", "value": "db.example.com"}),
    "database parameter": ("aws_db_parameter_group", {"parameter": [{"name": "validate_password", "value": "FORCE_PLUS_PERMANENT"}]}),
    "tags": ("aws_s3_bucket", {"tags": {"Secret": "classified", "Token": "none-at-all"}}),
    "cfn tags": ("AWS::S3::Bucket", {"Tags": [{"Key": "password", "Value": "rotated"}]}),
    "policy": ("aws_iam_policy", {"policy": json.dumps({"Statement": [{"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue", "sts:GetSessionToken"],
                                                                       "Resource": "*", "Condition": {"StringEquals": {"a:token": ["x"]}}}]})}),
    "schema": ("AWS::ApiGateway::Model", {"Schema": {"properties": {"password": {"type": "string"}, "token": {"type": "string", "minLength": 8}}}}),
    "template": ("aws_api_gateway_integration", {"request_templates": {"application/json": '{"password": "$input.params(\'password\')"}'}}),
    "state machine": ("AWS::StepFunctions::StateMachine", {"DefinitionString": '{"States":{"A":{"Parameters":{"TaskToken.$":"$$.Task.Token","Token":"$.token"}}}}'}),
    "metadata token": ("aws_instance", {"user_data": '#!/bin/sh\nTOKEN=$(curl -X PUT "http://169.254.169.254/latest/api/token" -H '
                                                     '"X-aws-ec2-metadata-token-ttl-seconds: 21600")\ncurl -H "X-aws-ec2-metadata-token: $TOKEN" x\n'}),
    "metadata token 2": ("aws_instance", {"user_data": "#!/bin/sh\nTOKEN=`curl -s x`\nPASSWORD=${db_password}\nexport DB_PASS=$DB_PASS\n"}),
    "script": ("aws_instance", {"user_data": "#!/bin/sh\nDB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id prod/db --query SecretString)\n"
                                             "docker login --username AWS --password-stdin x\n"}),
    "code": ("AWS::Lambda::Function", {"Code": {"ZipFile": "import os\npassword = os.environ['PASSWORD']\ntoken = event['token']\nif token == 'abcdef': pass\n"
                                                           "x = client.get_secret_value(SecretId=secret_name)['SecretString']\n"}}),
    "public key": ("aws_key_pair", {"public_key": "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQD3F6tyPEFEzV0LX3X8BsXdMsQz1x2cEikKDEY0aIj41qgxMCP"}),
    "certificate": ("aws_iam_server_certificate", {"certificate_body": "-----BEGIN CERTIFICATE-----\nMIIEpAIBAAKCAQEA\n-----END CERTIFICATE-----"}),
    "key files": ("aws_appmesh_virtual_node", {"spec": [{"tls": [{"private_key": "/keys/private_key.pem"}]}]}),
    "url without password": ("aws_x", {"a": "https://example.com/x", "b": "s3://bucket/key", "c": "postgres://app@db.example.com/x"}),
    "url with reference": ("aws_x", {"a": "postgres://app:${password}@db.example.com/x", "b": "mysql://$USER:$PASS@host/db"}),
    "access key id alone": ("aws_x", {"a": AWS_ID}),
    "hash": ("aws_lambda_function", {"source_code_hash": "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"}),
    "encryption key": ("aws_codebuild_project", {"encryption_key": "alias/aws/s3"}),
    "description": ("aws_x", {"description": "Rotates the password: see the token guide. Secret = none"}),
    "placeholder": ("azurerm_x", {"client_secret": "<your-secret>", "password": "YOUR_PASSWORD_HERE"}),
    "alexa": ("aws_lambda_permission", {"event_source_token": "amzn1.ask.skill.12345678-1234-1234-1234-123456789012"}),
}  # fmt: skip


@pytest.mark.parametrize("name", CLEAN)
def test_clean(name: str) -> None:
    type, values = CLEAN[name]
    assert path_of(type, values) is None


@pytest.mark.parametrize(
    "text", ["x" * 10, "", "key: value", "-----BEGIN PUBLIC KEY-----\nMIIEpAIBAAKCAQEAMIIEpAIBAAKCAQEA", "https://a:b@c"]
)
def test_no_token(text: str) -> None:
    assert not holds_token(text)


@pytest.mark.parametrize(
    "text",
    [
        "echo 'root:hunter22' | chpasswd",
        "CREATE USER x IDENTIFIED BY 'hunter22'",
        "mysql --password=hunter22 -u root",
        "define('DB_USERNAME', 'app');\ndefine('DB_PASSWORD', 'hunter22');",
        'client = boto3.client("s3", aws_secret_access_key="abcdefghij")',
        "environment:\n  POSTGRES_PASSWORD: hunter22\n",
    ],
)
def test_assignments(text: str) -> None:
    assert assigns_secret(text)


@pytest.mark.parametrize(
    "text",
    [
        "define('DB_PASSWORD', '${password}');",
        "define('TABLE', 'passwords');",
        'fields = ["password", "username", "token"]',
        "password = getpass.getpass()",
        "PASSWORD=$1",
        "token: ${{ secrets.GITHUB_TOKEN }}",
        "curl -u user:$PASSWORD https://example.com",
        "aws configure set aws_secret_access_key $SECRET",
        "const token = req.headers['authorization'];",
        'password: {{ lookup("vault", "db") }}',
        "the secret: never tell it",
        "passwd --lock root",
        "PasswordAuthentication=no",
        "export TOKEN_FILE=/run/token",
        'ssm get-parameter --name "/app/password" --with-decryption',
    ],
)
def test_no_assignment(text: str) -> None:
    assert not assigns_secret(text)


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=30),
    st.sampled_from([AWS_SECRET, "hunter2", "{", "[[", '{"password":"x"}', JWT, ACCOUNT_KEY]),
)
NAMES = st.sampled_from(["password", "name", "value", "tags", "secret", "user_data", "API_KEY", "a", "Name", "Value", "type"])
TREES = st.recursive(LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)), max_leaves=12)


@given(st.dictionaries(NAMES, TREES, max_size=4))
def test_the_path_leads_to_the_value(values: dict[str, Any]) -> None:
    path = path_of("aws_x", values)
    node: Any = values
    for step in path or ():
        node = node[step]
    assert path is None or isinstance(node, (str, int))


@given(st.dictionaries(NAMES, TREES, max_size=3), TREES, st.sampled_from(["password", "other"]))
def test_a_secret_stays_one_when_something_else_becomes_known(values: dict[str, Any], settled: Any, name: str) -> None:
    """What is unresolved is no literal; settling it can add a secret but never take one away."""
    before = path_of("aws_x", {"x1": values, "x2": {name: Unknown("variable-without-value")}})
    if before is not None:
        assert path_of("aws_x", {"x1": values, "x2": {name: settled}}) is not None


OUTSIDE = frozenset({"outsideSecret9", '{"username":"a","password":"readSecret8"}'})


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"password": "outsideSecret9"}, None),
        ({"password": "readSecret8"}, None),
        ({"user_data": "#!/bin/sh\nexport DB_PASSWORD=outsideSecret9\n"}, None),
        ({"password": "outsideSecret9", "user_data": "#!/bin/sh\nexport DB_PASSWORD=writtenHere\nx=outsideSecret9\n"}, ("user_data",)),
        ({"password": "writtenHere1"}, ("password",)),
    ],
)
def test_what_a_plan_was_given_from_outside_is_not_written_in_it(values: dict[str, Any], found: Any) -> None:
    resource = Resource("aws_x", "aws_x.x", values, Span("/plan.json"))
    estate = Estate("/x", "terraform", "plan", [resource])
    estate.outside = OUTSIDE
    answer = absent_everywhere(Context(estate, resource, {}, {}))
    assert (None if answer.truth is True else answer.path) == found


def test_a_default_of_a_hidden_parameter_is_in_the_text() -> None:
    values = {"A": [{"B": Unknown("parameter-without-value", "!Ref Hidden")}]}
    resource = Resource("AWS::X::Y", "X", values, Span("/t.yaml"))
    estate = Estate("/t.yaml", "cloudformation", "template", [resource], notes={"no_echo_defaults": [["Nested/Hidden", 3]]})
    assert absent_everywhere(Context(estate, resource, {}, {})).path == ("A", 0, "B")


def test_scripts_in_plain_text_and_in_base64() -> None:
    import base64

    script = "#!/bin/bash\nexport DB_PASSWORD=Tr0ub4dor-and-3\n"
    assert in_script(None, script) is True
    assert in_script(None, base64.b64encode(script.encode()).decode()) is True
    assert in_script(None, Unknown("x", "templatefile(…)", partial=script + "export STAGE=${var.stage}\n")) is True
    assert in_script(None, "#!/bin/bash\nDB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id db)\n") is False
    assert in_script(None, Unknown("variable-without-value", "var.script")) is False
