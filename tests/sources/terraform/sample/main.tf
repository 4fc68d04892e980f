terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.40" }
  }
  backend "s3" {
    bucket = "x"
  }
}
provider "aws" {
  region = var.region
  default_tags { tags = local.tags }
}
variable "region" {
  type    = string
  default = "ap-northeast-1"
  validation {
    condition     = contains(["ap-northeast-1", "ap-northeast-3"], var.region)
    error_message = "Only Japan."
  }
}
variable "settings" {
  type = object({
    name    = string
    subnets = optional(map(object({ cidr = string, public = optional(bool, false) })), {})
    rules   = optional(list(object({ port = number, cidrs = optional(list(string), ["10.0.0.0/8"]) })), [])
  })
  default = {
    name = "app"
    subnets = {
      a = { cidr = "10.0.1.0/24", public = true }
      b = { cidr = "10.0.2.0/24" }
    }
    rules = [{ port = 443 }, { port = 22, cidrs = ["0.0.0.0/0"] }]
  }
}
variable "create" {
  type    = bool
  default = true
}
variable "bucket_policy" {
  type    = any
  default = null
}
locals {
  tags = merge({ Env = terraform.workspace }, { for k in ["a", "b"] : upper(k) => k })
  azs  = slice(data.aws_availability_zones.available.names, 0, 2)
  create_bucket = var.create && local.yes
  yes = true
  bucket_name = try(aws_s3_bucket.this[0].id, "")
  attach_policy = local.create_bucket || false
  flat = flatten([for k, s in var.settings.subnets : [for r in var.settings.rules : { key = "${k}-${r.port}", port = r.port, cidrs = r.cidrs }]])
  rules = { for r in local.flat : r.key => r }
  grants = try(jsondecode(var.bucket_policy), var.bucket_policy)
}
data "aws_availability_zones" "available" { state = "available" }
data "aws_caller_identity" "me" {}
data "aws_iam_policy_document" "combined" {
  count = local.attach_policy ? 1 : 0
  source_policy_documents = compact([
    data.aws_iam_policy_document.tls[0].json,
    var.bucket_policy != null ? var.bucket_policy : "",
  ])
}
data "aws_iam_policy_document" "tls" {
  count = local.attach_policy ? 1 : 0
  statement {
    sid    = "tls"
    effect = "Deny"
    actions = ["s3:*"]
    resources = [aws_s3_bucket.this[0].arn, "${aws_s3_bucket.this[0].arn}/*"]
    principals {
      type = "*"
      identifiers = ["*"]
    }
    condition {
      test = "Bool"
      variable = "aws:SecureTransport"
      values = ["false"]
    }
  }
}
resource "aws_s3_bucket" "this" {
  count = local.create_bucket ? 1 : 0
  bucket        = lower("${var.settings.name}-${data.aws_caller_identity.me.account_id}")
  force_destroy = !var.create
  tags          = local.tags
}
resource "aws_s3_bucket_policy" "this" {
  count  = local.create_bucket && local.attach_policy ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  policy = data.aws_iam_policy_document.combined[0].json
}
resource "aws_s3_bucket_versioning" "this" {
  count = local.create_bucket && length(keys(var.settings.subnets)) > 0 ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  versioning_configuration {
    status     = try(var.settings.versioning.enabled ? "Enabled" : "Suspended", tobool(var.settings.versioning.status) ? "Enabled" : "Suspended", title(lower("enabled")))
    mfa_delete = try(tobool(var.settings.mfa_delete) ? "Enabled" : "Disabled", null)
  }
}
module "net" {
  source   = "./mods/net"
  for_each = var.settings.subnets
  cidr     = each.value.cidr
  public   = each.value.public
  name     = each.key
}
resource "aws_security_group" "app" {
  name_prefix = "app"
  vpc_id      = one(values(module.net)[*].vpc_id) == "" ? null : module.net["a"].vpc_id
  dynamic "ingress" {
    for_each = local.rules
    content {
      description = ingress.key
      from_port   = ingress.value.port
      to_port     = ingress.value.port
      protocol    = "tcp"
      cidr_blocks = ingress.value.cidrs
    }
  }
  egress = [{ from_port = 0, to_port = 0, protocol = "-1", cidr_blocks = ["0.0.0.0/0"] }]
  lifecycle {
    create_before_destroy = true
    ignore_changes        = [tags["x"], name]
    precondition {
      condition     = self.id != ""
      error_message = "x"
    }
  }
}
resource "aws_security_group_rule" "each" {
  for_each          = { for k, v in local.rules : k => v if v.port != 443 }
  type              = "ingress"
  security_group_id = aws_security_group.app.id
  from_port         = each.value.port
  to_port           = each.value.port
  protocol          = "tcp"
  cidr_blocks       = each.value.cidrs
}
resource "aws_instance" "web" {
  count         = length(var.settings.rules)
  ami           = data.aws_ami.al.id
  subnet_id     = element(values(module.net)[*].subnet_id, count.index)
  user_data     = <<-EOF
    #!/bin/bash
    echo "${var.region}" > /etc/region
    if [ "$X" = "1" ]; then echo '$${HOME} %%{x}'; fi
    %{ for k, v in local.tags ~}
    export ${k}=${v}
    %{ endfor ~}
  EOF
  root_block_device {
    encrypted = true
  }
  provisioner "local-exec" {
    command = "echo ${self.id}"
  }
}
data "aws_ami" "al" {
  most_recent = true
  owners      = ["amazon"]
  filter {
    name   = "name"
    values = ["al2023-*"]
  }
}
resource "aws_iam_policy" "p" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for s in ["s3", "ec2"] : {
        Effect   = "Allow"
        Action   = ["${s}:*"]
        Resource = s == "s3" ? aws_s3_bucket.this[0].arn : "*"
      }
    ]
  })
}
resource "aws_iam_policy" "h" {
  policy = <<POLICY
{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "${aws_s3_bucket.this[0].arn}"}]
}
POLICY
}
resource "azurerm_storage_account" "s" {
  name                     = "st${substr(sha256(var.settings.name), 0, 8)}"
  location                 = "japaneast"
  network_rules {
    default_action = "Deny"
    ip_rules       = [for i in range(2) : cidrhost("10.0.0.0/24", i)]
  }
}
output "x" {
  value = aws_s3_bucket.this[*].id
}
moved {
  from = aws_x.a
  to   = aws_x.b
}
import {
  to = aws_s3_bucket.this[0]
  id = "x"
}
removed {
  from = aws_x.y
  lifecycle { destroy = false }
}
check "c" {
  assert {
    condition = true
    error_message = "x"
  }
}
