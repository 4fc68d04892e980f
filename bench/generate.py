"""The inputs of the benchmark, made from numbers so that everyone measures the same files."""

from __future__ import annotations

from pathlib import Path

HEAD = """\
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.0" }
  }
}

provider "aws" {
  region = "ap-northeast-1"
}

variable "env" {
  default = "prod"
}

locals {
  cidr = "10.0.0.0/8"
  tags = { system = "bench", env = var.env }
}

resource "aws_kms_key" "k" {
  enable_key_rotation = true
}
"""

BLOCKS = """
resource "aws_s3_bucket" "b{i}" {{
  bucket = "bench-{i}-${{var.env}}"
  tags   = local.tags
}}

resource "aws_s3_bucket_public_access_block" "b{i}" {{
  bucket                  = aws_s3_bucket.b{i}.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = {flag}
  restrict_public_buckets = true
}}

resource "aws_security_group" "s{i}" {{
  vpc_id = "vpc-{i}"
  dynamic "ingress" {{
    for_each = [443, {port}]
    content {{
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = [local.cidr]
    }}
  }}
}}

resource "aws_db_instance" "d{i}" {{
  engine                  = "postgres"
  instance_class          = "db.t3.micro"
  storage_encrypted       = {flag}
  kms_key_id              = aws_kms_key.k.arn
  publicly_accessible     = false
  backup_retention_period = 7
}}

resource "aws_iam_role" "r{i}" {{
  name = "bench-{i}"
  assume_role_policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ Service = "ec2.amazonaws.com" }} }}]
  }})
}}
"""

TEMPLATE_HEAD = "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  Env:\n    Type: String\n    Default: prod\nResources:\n"
TEMPLATE_BLOCK = """\
  Bucket{i}:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Sub bench-{i}-${{Env}}
      PublicAccessBlockConfiguration:
        BlockPublicAcls: true
        BlockPublicPolicy: true
        IgnorePublicAcls: {flag}
        RestrictPublicBuckets: true
  Group{i}:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: bench
      VpcId: vpc-{i}
      SecurityGroupIngress:
        - IpProtocol: tcp
          FromPort: {port}
          ToPort: {port}
          CidrIp: 10.0.0.0/8
  Database{i}:
    Type: AWS::RDS::DBInstance
    DeletionPolicy: Snapshot
    UpdateReplacePolicy: Snapshot
    Properties:
      Engine: mysql
      DBInstanceClass: db.t3.micro
      AllocatedStorage: '20'
      MasterUsername: admin
      ManageMasterUserPassword: true
      PubliclyAccessible: false
      StorageEncrypted: {flag}
"""


def module(folder: Path, files: int, blocks: int = 2, start: int = 0) -> None:
    """One root module of `files` .tf files with `blocks` groups of five resources each."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(files):
        groups = "".join(block(BLOCKS, start + number * blocks + j) for j in range(blocks))
        (folder / f"part{number}.tf").write_text((HEAD if number == 0 else "") + groups, encoding="utf-8")


def repository(folder: Path, modules: int, files: int) -> None:
    """`modules` root modules of `files` files each."""
    for number in range(modules):
        module(folder / f"env{number}", files, start=number * 100)


def templates(folder: Path, count: int, blocks: int = 4) -> None:
    """`count` CloudFormation templates with `blocks` groups of three resources each."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        text = TEMPLATE_HEAD + "".join(block(TEMPLATE_BLOCK, number * blocks + j) for j in range(blocks))
        (folder / f"stack{number}.yaml").write_text(text, encoding="utf-8")


def block(text: str, number: int) -> str:
    return text.format(i=number, port=8000 + number % 3, flag="true" if number % 2 else "false")
