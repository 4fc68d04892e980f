# 管理者：グループに全権限を与え、多要素認証も求めていない。

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

resource "aws_iam_group_policy_attachment" "administrators" {
  group      = aws_iam_group.administrators.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess" # violates: CP_IAM_001 CP_IAM_002
}

# 保守事業者の担当者には、権限を直接付けている。
resource "aws_iam_user" "maintenance" {
  name = "${local.name}-maintenance" # violates: CP_IAM_009
}

resource "aws_iam_user_policy" "maintenance" {
  name   = "maintenance"
  user   = aws_iam_user.maintenance.name # violates: CP_IAM_005
  policy = data.aws_iam_policy_document.operator.json
}

data "aws_iam_policy_document" "operator_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${var.maintenance_account_id}:root"]
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

resource "aws_iam_role" "operator" {
  name                 = "${local.name}-operator"
  assume_role_policy   = data.aws_iam_policy_document.operator_trust.json # violates: CP_IAM_006
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
