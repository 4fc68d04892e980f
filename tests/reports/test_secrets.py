"""Secrets never stand in a snippet, however they are written; keys, references and structure do."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cloudpolicy.reports import FORMATS, Style, render
from cloudpolicy.reports.secrets import mask, mask_named


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('  password = "hunter2"', '  password = "****"'),
        ('  password = "hunter2" # x', '  password = "****"'),
        ("      MasterUserPassword: hunter2", "      MasterUserPassword: ****"),
        ("      MasterUserPassword: 'hunter2'", '      MasterUserPassword: "****"'),
        ('  "Password": "hunter2",', '  "Password": "****",'),
        ('  environment = { A = "hunter2", B = var.b }', '  environment = { A = "****", B = var.b }'),
        ("export TOKEN=hunter2", "****"),
        ("hunter2", "****"),
        ('  - "hunter2"', '  - "****"'),
        ('  user_data = base64encode("hunter2")', "  user_data = ****"),
        ('  key = "${var.a["b"]}hunter2"', '  key = "****"'),
        ('  key = "hunter2 and a quote that never ends', '  key = "****"'),
        ("  password = var.password", "  password = var.password"),
        ("      Password: !Ref Password", "      Password: !Ref Password"),
        ('resource "aws_db_instance" "db" {', 'resource "aws_db_instance" "db" {'),
        ("  environment = {", "  environment = {"),
        ("Properties:", "Properties:"),
        ("  port = 5432", "  port = 5432"),
        ("  }", "  }"),
        ("", ""),
    ],
)
def test_mask(line, shown):
    assert mask(line)[0] == shown


SHAPES = [
    'password = "@"', "Password: @", "Password: '@'", '"Password": "@"', 'a = { "b" = "@" }', '["@", "x"]', "  @", "export A=@", "A: |@",
    '- Name: P\tValue: "@"', 'x = join("", ["@"])', 'x = "a${b}@"', "KEY=@ other", "https://user:@@host/path", "'@", '"@', '{"a":{"b":"@"}}',
    'resource "a" "b" { password = "@" }', 'a = b ? "@" : "c"', "echo '@' | base64", 'k = <<EOF @',
    "@=", "@==", "  root:@:", "Password: a_b.@",
]  # fmt: skip


@example("Password: @", "#Zq9Zq9")
@example("  root:@:", ":Zq9Zq9A")
@given(st.sampled_from(SHAPES), st.from_regex(r"[A-Za-z0-9/+!#$%*=:,. -]{0,20}Zq9Zq9[A-Za-z0-9/+!#$%*., -]{0,20}={0,2}", fullmatch=True))
def test_no_shape_lets_a_secret_through(shape, secret):
    line = shape.replace("@", secret)
    assert "Zq9Zq9" not in mask(line)[0]


@given(st.text(alphabet="abc=\"': {}[],.#-", max_size=60), st.data())
def test_columns_move_in_order_and_stay_on_the_line(line, data):
    shown, moved = mask(line)
    if not line:
        return
    start = data.draw(st.integers(0, len(line) - 1))
    end = data.draw(st.integers(start, len(line) - 1))
    assert 0 <= moved(start, False) <= moved(end, True)
    if line.strip() and end < len(line.rstrip()):
        assert moved(end, True) < len(shown)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('  master_password = "hunter2"  # x', '  master_password = "****"  # x'),
        ("      ApiKey: hunter2 and more", "      ApiKey: ****"),
        ('{"a":1,"SecretString":"hunter2","b":"c"}', '{"a":1,"SecretString":"****","b":"c"}'),
        ('db = { password = "hunter2", port = "x" }', 'db = { password = "****", port = "x" }'),
        ("--token='hunter2'", '--token="****"'),
        ("  password = var.password", "  password = var.password"),
        ("      Password: !Ref Password", "      Password: !Ref Password"),
        ("      MinimumPasswordLength: 8", "      MinimumPasswordLength: 8"),
        ('  resource "aws_secretsmanager_secret" "s" {', '  resource "aws_secretsmanager_secret" "s" {'),
        ('  Action = "secretsmanager:GetSecretValue"', '  Action = "secretsmanager:GetSecretValue"'),
        ("  publicly_accessible = true", "  publicly_accessible = true"),
    ],
)
def test_values_named_like_secrets_are_hidden_for_every_policy(line, shown):
    assert mask_named(line)[0] == shown


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_spreads_the_secret(name, report, secret):
    for style in (Style("ja", verbose=True, show_passed=True), Style("en", unicode=False, color=True)):
        text = render(name, report, style)
        assert secret not in text
        assert json.dumps(secret)[1:-1] not in text
