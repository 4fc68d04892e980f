# 運用：証跡や権限に手を加える操作を知らせ、サーバの修正プログラムを毎週適用する。

resource "aws_sns_topic" "alerts" {
  name              = "${local.name}-alerts"
  kms_master_key_id = aws_kms_key.this["logs"].arn
}

data "aws_iam_policy_document" "alerts" {
  statement {
    sid       = "EventsPublish"
    actions   = ["sns:Publish"]
    resources = ["arn:aws:sns:${var.region}:${var.account_id}:${local.name}-alerts"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }

  statement {
    sid       = "DenyPlainHttp"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = ["arn:aws:sns:${var.region}:${var.account_id}:${local.name}-alerts"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sns_topic_policy" "alerts" {
  arn    = aws_sns_topic.alerts.arn
  policy = data.aws_iam_policy_document.alerts.json
}

resource "aws_cloudwatch_event_rule" "privileged" {
  name = "${local.name}-privileged-actions"

  event_pattern = jsonencode({
    detail-type = ["AWS API Call via CloudTrail"]
    detail = {
      eventSource = ["cloudtrail.amazonaws.com", "iam.amazonaws.com", "kms.amazonaws.com", "ec2.amazonaws.com"]
      eventName = [
        "StopLogging", "DeleteTrail", "UpdateTrail", "AttachRolePolicy", "PutRolePolicy", "CreateAccessKey",
        "DisableKey", "ScheduleKeyDeletion", "AuthorizeSecurityGroupIngress",
      ]
    }
  })
}

resource "aws_cloudwatch_event_target" "privileged" {
  rule = aws_cloudwatch_event_rule.privileged.name
  arn  = aws_sns_topic.alerts.arn
}

resource "aws_ssm_association" "patch" {
  name                = "AWS-RunPatchBaseline"
  association_name    = "${local.name}-patch"
  schedule_expression = "cron(0 18 ? * SAT *)"

  parameters = {
    Operation = "Install"
  }

  targets {
    key    = "tag:Patch Group"
    values = [local.name]
  }
}
