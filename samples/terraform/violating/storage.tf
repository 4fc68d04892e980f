# バケットごとに、同じ名前の鍵（keys.tf）で暗号化する。

module "bucket" {
  source = "./modules/private_bucket"
  for_each = {
    documents = { policy = null, log_retention = null }
    logs      = { policy = data.aws_iam_policy_document.trail_bucket.json, log_retention = var.log_retention_days }
  }

  name          = "${local.name}-${each.key}"
  customer_key  = aws_kms_key.this[each.key]
  extra_policy  = each.value.policy
  log_retention = each.value.log_retention
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

data "aws_iam_policy_document" "trail_bucket" {
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
}

# 申請書の様式を配るバケット。モジュールを使わずに作り、公開の設定で読ませている。
resource "aws_s3_bucket" "forms" { # violates: CP_KEY_001 CP_LOG_006 CP_OBJ_001 CP_OBJ_003 CP_TLS_003
  bucket = "${local.name}-forms"
}

resource "aws_s3_bucket_public_access_block" "forms" {
  bucket = aws_s3_bucket.forms.id

  block_public_acls       = false # violates: CP_OBJ_001
  block_public_policy     = true
  ignore_public_acls      = false
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "forms" {
  bucket = aws_s3_bucket.forms.id

  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_acl" "forms" {
  bucket = aws_s3_bucket.forms.id
  acl    = "public-read" # violates: CP_OBJ_005

  depends_on = [aws_s3_bucket_ownership_controls.forms]
}
