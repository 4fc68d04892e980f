"""Fingerprints say what is wrong and where, whatever the order of the text: 500 shuffled spellings of the same estates."""

from __future__ import annotations

import json
import os
import random

import pytest

from cloudpolicy.config import Config
from cloudpolicy.findings import local
from cloudpolicy.scan import Request, Scanner, discovered

BLOCKS = [
    'resource "aws_db_instance" "a" {\n  engine = "mysql"\n  publicly_accessible = true\n}\n',
    'resource "aws_db_instance" "b" {\n  engine = "mysql"\n  publicly_accessible = var.open\n}\n',
    'variable "open" {\n  type = bool\n}\n',
    'resource "aws_s3_bucket" "logs" {\n  bucket = "logs"\n}\n',
    'resource "aws_s3_bucket_public_access_block" "logs" {\n  bucket = aws_s3_bucket.logs.id\n  block_public_acls = false\n}\n',
    'resource "aws_lb" "l" {\n  internal = false\n}\n',
    'resource "aws_lb_listener" "http" {\n  load_balancer_arn = aws_lb.l.arn\n  port = 80\n  protocol = "HTTP"\n  default_action {\n    type = "forward"\n  }\n}\n',
    'resource "aws_lb_listener" "also" {\n  load_balancer_arn = aws_lb.l.arn\n  port = 8080\n  protocol = "HTTP"\n  default_action {\n    type = "forward"\n  }\n}\n',
    'module "m" {\n  source = "./m"\n}\n',
]
RULES = [
    f'  ingress {{\n    from_port = {port}\n    to_port = {port}\n    protocol = "tcp"\n    cidr_blocks = [{cidrs}]\n  }}\n'
    for port, cidrs in ((22, '"0.0.0.0/0"'), (3389, '"0.0.0.0/0", "10.0.0.0/8"'), (3389, '"0.0.0.0/0"'), (80, '"10.0.0.0/8"'))
]
STATEMENTS = [
    {"Sid": "a", "Effect": "Allow", "Action": "*", "Resource": "*"},
    {"Effect": "Allow", "Action": ["iam:*", "s3:*"], "Resource": "*"},
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::x/*"},
]
CONTAINERS = [{"name": name, "image": f"{name}:latest", "privileged": name != "c"} for name in "abc"]


def shuffled(items, chance):
    return chance.sample(items, len(items))


def any_order(value, chance):
    """The same JSON value with its keys and lists in another order."""
    if isinstance(value, dict):
        return {key: any_order(value[key], chance) for key in shuffled(list(value), chance)}
    return [any_order(item, chance) for item in shuffled(value, chance)] if isinstance(value, list) else value


def terraform(chance):
    group = 'resource "aws_security_group" "s" {\n' + "".join(shuffled(RULES, chance)) + "}\n"
    document = json.dumps({"Version": "2012-10-17", "Statement": shuffled(STATEMENTS, chance)})
    policy = f'resource "aws_iam_policy" "p" {{\n  policy = jsonencode({document})\n}}\n'
    task = f'resource "aws_ecs_task_definition" "t" {{\n  family = "t"\n  container_definitions = jsonencode({json.dumps(shuffled(CONTAINERS, chance))})\n}}\n'
    files = {f"f{chance.random()}.tf": "" for _ in range(chance.randint(1, 4))}
    for block in shuffled([*BLOCKS, group, policy, task], chance):
        files[chance.choice(list(files))] += "# a comment\n" * chance.randint(0, 9) + "\n" * chance.randint(0, 3) + block
    return {**files, "m/main.tf": "\n" * chance.randint(0, 9) + BLOCKS[0]}


TEMPLATE = {
    "Bucket": {"Type": "AWS::S3::Bucket"},
    "Database": {"Type": "AWS::RDS::DBInstance", "Properties": {"Engine": "mysql", "PubliclyAccessible": True}},
    "Group": {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {
            "GroupDescription": "g",
            "SecurityGroupIngress": [
                {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "0.0.0.0/0"} for port in (22, 22, 3389)
            ],
        },
    },
    "Role": {
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": STATEMENTS}},
    },
}


def template(chance):
    text = json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": any_order(TEMPLATE, chance)}, indent=chance.randint(0, 4))
    return {"t.json": "\n" * chance.randint(0, 9) + text}


@pytest.fixture
def prints(tmp_path):
    """Files -> every place that a finding speaks of, as (fingerprint, verdict)."""
    (tmp_path / ".git").mkdir()
    scanner = Scanner(Request([str(tmp_path)], Config(str(tmp_path))))
    written = []

    def judge(files):
        for path in written:
            path.unlink()
        written[:] = [tmp_path / name for name in files]
        for path in written:
            path.parent.mkdir(exist_ok=True)
            path.write_text(files[os.path.relpath(path, tmp_path)], encoding="utf-8")
        findings = [finding for unit in discovered(scanner).units for finding in scanner.scan(unit)[1]]
        places = [(place, finding.verdict) for finding in findings for place in finding.prints()]
        assert len({place for place, _ in places}) == len(places), "no place is told twice"
        return {*places}

    return judge


@pytest.mark.parametrize("spelling", [terraform, template])
def test_250_shuffled_spellings_have_the_same_fingerprints(prints, spelling):
    first = prints(spelling(random.Random(0)))
    assert len(first) > 30
    for seed in range(1, 251):
        assert prints(spelling(random.Random(seed))) == first, seed


GROUP = """resource "aws_security_group" "s" {
  ingress {
    from_port = "22"
    to_port = 22
    protocol = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_db_instance" "a" {
  engine = "mysql"
  publicly_accessible = true
}
"""
INGRESS = {"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"], "description": "", "ipv6_cidr_blocks": []}


def test_a_plan_says_the_same_as_the_text_but_for_its_place(prints):
    def change(type, name, after):
        change = {"actions": ["create"], "before": None, "after": after, "after_unknown": {"id": True}}
        return {"address": f"{type}.{name}", "mode": "managed", "type": type, "name": name, "change": change}

    changes = [
        change("aws_security_group", "s", {"ingress": [{**INGRESS, "security_groups": [], "self": False}]}),
        change("aws_db_instance", "a", {"engine": "mysql", "publicly_accessible": True, "storage_encrypted": None}),
    ]
    plan = {"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {}, "resource_changes": changes}
    text = {(local(place), verdict) for place, verdict in prints({"a/main.tf": GROUP})}
    assert {(local(place), verdict) for place, verdict in prints({"b/plan.json": json.dumps(plan)})} == text and len(text) > 15
