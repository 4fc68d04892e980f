resource "aws_db_subnet_group" "business" {
  name       = "${local.name}-business"
  subnet_ids = values(aws_subnet.data)[*].id
}

resource "aws_db_parameter_group" "business" {
  name   = "${local.name}-postgres16"
  family = "postgres16"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name  = "log_connections"
    value = "1"
  }

  parameter {
    name  = "log_statement"
    value = "ddl"
  }
}

resource "aws_db_instance" "business" { # violates: CP_DB_004 CP_KEY_001
  identifier     = "${local.name}-business"
  engine         = "postgres"
  engine_version = "16.10"
  instance_class = var.database.instance_class

  allocated_storage = var.database.allocated_storage
  storage_encrypted = false # violates: CP_DB_001

  username = "civic_admin"
  password = "Sakura-2024-Civic" # violates: CP_KEY_005

  db_subnet_group_name   = aws_db_subnet_group.business.name
  parameter_group_name   = aws_db_parameter_group.business.name
  vpc_security_group_ids = [aws_security_group.this["database"].id]
  publicly_accessible    = true # violates: CP_DB_002
  multi_az               = true

  backup_retention_period         = var.database.backup_retention_days
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]
  performance_insights_enabled    = true
  deletion_protection             = true
  copy_tags_to_snapshot           = true
  final_snapshot_identifier       = "${local.name}-business-final"
}

# 災害に備えた控えを国外に置いている。
resource "aws_backup_vault" "overseas" { # violates: CP_KEY_001 CP_RES_001
  provider = aws.archive

  name = "${local.name}-overseas"
}

resource "aws_db_instance_automated_backups_replication" "business" { # violates: CP_RES_001 CP_RES_002
  provider = aws.archive

  source_db_instance_arn = aws_db_instance.business.arn
  retention_period       = var.database.backup_retention_days
}
