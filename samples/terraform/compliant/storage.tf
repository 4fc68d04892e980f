# バケットごとに、同じ名前の鍵（keys.tf）で暗号化する。

module "bucket" {
  source = "./modules/private_bucket"
  for_each = {
    documents = { policy = null, log_retention = null }
    logs      = { policy = data.aws_iam_policy_document.audit_bucket.json, log_retention = var.log_retention_days }
  }

  name          = "${local.name}-${each.key}"
  customer_key  = aws_kms_key.this[each.key]
  extra_policy  = each.value.policy
  log_retention = each.value.log_retention
  access_logs   = module.access_logs
}

# アクセスログは SSE-S3 のバケットにしか書けない（AWS の制約）ため、鍵を渡さない。
module "access_logs" {
  source = "./modules/private_bucket"

  name          = "${local.name}-access-logs"
  extra_policy  = data.aws_iam_policy_document.access_logs.json
  log_retention = var.log_retention_days
}

data "aws_iam_policy_document" "access_logs" {
  statement {
    sid       = "AccessLogsWrite"
    actions   = ["s3:PutObject"]
    resources = ["arn:aws:s3:::${local.name}-access-logs/*"]

    principals {
      type        = "Service"
      identifiers = ["logdelivery.elasticloadbalancing.amazonaws.com", "logging.s3.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

data "aws_iam_policy_document" "audit_bucket" {
  statement {
    sid       = "TrailChecksAcl"
    actions   = ["s3:GetBucketAcl"]
    resources = ["arn:aws:s3:::${local.name}-logs"]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceArn"
      values   = [local.trail_arn]
    }
  }

  statement {
    sid       = "TrailWrites"
    actions   = ["s3:PutObject"]
    resources = ["arn:aws:s3:::${local.name}-logs/AWSLogs/${var.account_id}/*"]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceArn"
      values   = [local.trail_arn]
    }
  }

  statement {
    sid       = "ConfigWrites"
    actions   = ["s3:GetBucketAcl", "s3:ListBucket", "s3:PutObject"]
    resources = ["arn:aws:s3:::${local.name}-logs", "arn:aws:s3:::${local.name}-logs/AWSLogs/${var.account_id}/Config/*"]

    principals {
      type        = "Service"
      identifiers = ["config.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}
