# バックアップ：印（タグ backup）の付いた資源を毎日取り、第二の拠点にも写す。保存期間の間は誰も消せない。

locals {
  backup_plan = "daily"
  backup_days = 35
}

resource "aws_backup_vault" "main" {
  name        = local.name
  kms_key_arn = aws_kms_key.this["data"].arn
}

resource "aws_backup_vault_lock_configuration" "main" {
  backup_vault_name   = aws_backup_vault.main.name
  min_retention_days  = local.backup_days
  changeable_for_days = 3
}

# 鍵はリージョンごとに要る。
resource "aws_kms_key" "osaka" {
  provider = aws.osaka

  description             = "第二の拠点のバックアップ"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key["data"].json
}

resource "aws_backup_vault" "osaka" {
  provider = aws.osaka

  name        = local.name
  kms_key_arn = aws_kms_key.osaka.arn
}

resource "aws_backup_vault_lock_configuration" "osaka" {
  provider = aws.osaka

  backup_vault_name   = aws_backup_vault.osaka.name
  min_retention_days  = local.backup_days
  changeable_for_days = 3
}

resource "aws_backup_plan" "daily" {
  name = "${local.name}-${local.backup_plan}"

  rule {
    rule_name         = local.backup_plan
    target_vault_name = aws_backup_vault.main.name
    schedule          = "cron(0 17 * * ? *)"

    lifecycle {
      delete_after = local.backup_days
    }

    copy_action {
      destination_vault_arn = aws_backup_vault.osaka.arn

      lifecycle {
        delete_after = local.backup_days
      }
    }
  }
}

resource "aws_backup_selection" "tagged" {
  name         = "tagged"
  plan_id      = aws_backup_plan.daily.id
  iam_role_arn = aws_iam_role.backup.arn

  selection_tag {
    type  = "STRINGEQUALS"
    key   = "backup"
    value = local.backup_plan
  }
}

data "aws_iam_policy_document" "backup_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["backup.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_iam_role" "backup" {
  name               = "${local.name}-backup"
  assume_role_policy = data.aws_iam_policy_document.backup_trust.json
}

resource "aws_iam_role_policy_attachment" "backup" {
  for_each = toset(["Backup", "Restores"])

  role       = aws_iam_role.backup.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyFor${each.value}"
}
