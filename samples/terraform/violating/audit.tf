# 操作証跡とログ：一つのリージョンだけを記録し、保存日数も足りない。

resource "aws_cloudwatch_log_group" "this" { # violates: CP_LOG_003
  for_each = local.log_groups

  name              = each.value
  retention_in_days = var.log_retention_days # violates: CP_LOG_004
}

resource "aws_cloudtrail" "audit" { # violates: CP_LOG_013
  name                          = local.trail_name
  s3_bucket_name                = module.bucket["logs"].id
  is_multi_region_trail         = false # violates: CP_LOG_001
  include_global_service_events = true
  enable_log_file_validation    = false # violates: CP_LOG_002
  kms_key_id                    = aws_kms_key.this["logs"].arn
  cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.this["trail"].arn}:*"
  cloud_watch_logs_role_arn     = aws_iam_role.delivery["trail"].arn

  depends_on = [module.bucket]
}

locals {
  log_writers = {
    flow  = "vpc-flow-logs.amazonaws.com"
    trail = "cloudtrail.amazonaws.com"
  }
}

data "aws_iam_policy_document" "delivery_trust" {
  for_each = local.log_writers

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [each.value]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

data "aws_iam_policy_document" "delivery" {
  for_each = local.log_writers

  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = ["arn:aws:logs:${var.region}:${var.account_id}:log-group:${local.log_groups[each.key]}:*"]
  }
}

resource "aws_iam_role" "delivery" {
  for_each = local.log_writers

  name               = "${local.name}-${each.key}-delivery"
  assume_role_policy = data.aws_iam_policy_document.delivery_trust[each.key].json
}

resource "aws_iam_role_policy" "delivery" {
  for_each = local.log_writers

  name   = "write-logs"
  role   = aws_iam_role.delivery[each.key].id
  policy = data.aws_iam_policy_document.delivery[each.key].json
}
