# 管理者：利用者には権限を直接付けない。グループの者が、多要素認証を済ませたときだけ運用ロールを引き受ける。

resource "aws_iam_account_password_policy" "this" {
  minimum_password_length        = 14
  require_lowercase_characters   = true
  require_uppercase_characters   = true
  require_numbers                = true
  require_symbols                = true
  password_reuse_prevention      = 24
  allow_users_to_change_password = true
}

resource "aws_iam_group" "administrators" {
  name = "${local.name}-administrators"
}

resource "aws_iam_group_policy" "administrators" {
  name   = "assume-operator"
  group  = aws_iam_group.administrators.name
  policy = data.aws_iam_policy_document.administrators.json
}

data "aws_iam_policy_document" "administrators" {
  statement {
    sid       = "AssumeOperator"
    actions   = ["sts:AssumeRole"]
    resources = ["arn:aws:iam::${var.account_id}:role/${local.name}-operator"]
  }

  statement {
    sid         = "DenyWithoutMfa"
    effect      = "Deny"
    not_actions = ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "sts:GetSessionToken"]
    resources   = ["*"]

    condition {
      test     = "BoolIfExists"
      variable = "aws:MultiFactorAuthPresent"
      values   = ["false"]
    }
  }
}

data "aws_iam_policy_document" "operator_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${var.account_id}:root"]
    }

    condition {
      test     = "Bool"
      variable = "aws:MultiFactorAuthPresent"
      values   = ["true"]
    }
  }
}

data "aws_iam_policy_document" "operator" {
  statement {
    sid       = "OperateServers"
    actions   = ["ec2:StartInstances", "ec2:StopInstances", "ec2:RebootInstances", "ssm:StartSession"]
    resources = ["arn:aws:ec2:${var.region}:${var.account_id}:instance/*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/system"
      values   = [local.name]
    }
  }

  statement {
    sid       = "OperateDatabase"
    actions   = ["rds:CreateDBSnapshot", "rds:RebootDBInstance"]
    resources = ["arn:aws:rds:${var.region}:${var.account_id}:*:${local.name}-*"]
  }

  statement {
    sid       = "Look"
    actions   = ["ec2:Describe*", "rds:Describe*", "cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "logs:DescribeLogGroups"]
    resources = ["*"]
  }
}

# 国内のリージョンの外では何も操作させない。リージョンに属さないサービスは us-east-1 が受け付ける。
data "aws_iam_policy_document" "domestic_only" {
  statement {
    sid       = "DenyForeignRegions"
    effect    = "Deny"
    actions   = ["*"]
    resources = ["*"]

    condition {
      test     = "StringNotEquals"
      variable = "aws:RequestedRegion"
      values   = ["ap-northeast-1", "ap-northeast-3", "us-east-1"]
    }
  }
}

resource "aws_iam_policy" "domestic_only" {
  name   = "${local.name}-domestic-only"
  policy = data.aws_iam_policy_document.domestic_only.json
}

resource "aws_iam_role_policy_attachment" "domestic_only" {
  for_each = { operator = aws_iam_role.operator.name, server = aws_iam_role.server.name }

  role       = each.value
  policy_arn = aws_iam_policy.domestic_only.arn
}

resource "aws_iam_role" "operator" {
  name                 = "${local.name}-operator"
  assume_role_policy   = data.aws_iam_policy_document.operator_trust.json
  max_session_duration = 3600
}

resource "aws_iam_policy" "operator" {
  name   = "${local.name}-operator"
  policy = data.aws_iam_policy_document.operator.json
}

resource "aws_iam_role_policy_attachment" "operator" {
  role       = aws_iam_role.operator.name
  policy_arn = aws_iam_policy.operator.arn
}
