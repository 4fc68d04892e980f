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

resource "aws_db_instance" "business" {
  identifier     = "${local.name}-business"
  engine         = "postgres"
  engine_version = "16.10"
  instance_class = var.database.instance_class

  allocated_storage = var.database.allocated_storage
  storage_encrypted = true
  kms_key_id        = aws_kms_key.this["data"].arn

  username                      = "civic_admin"
  manage_master_user_password   = true
  master_user_secret_kms_key_id = aws_kms_key.this["data"].arn

  db_subnet_group_name   = aws_db_subnet_group.business.name
  parameter_group_name   = aws_db_parameter_group.business.name
  vpc_security_group_ids = [aws_security_group.this["database"].id]
  publicly_accessible    = false
  multi_az               = true

  backup_retention_period             = var.database.backup_retention_days
  enabled_cloudwatch_logs_exports     = ["postgresql", "upgrade"]
  performance_insights_enabled        = true
  performance_insights_kms_key_id     = aws_kms_key.this["data"].arn
  iam_database_authentication_enabled = true
  auto_minor_version_upgrade          = true
  deletion_protection                 = true
  copy_tags_to_snapshot               = true
  final_snapshot_identifier           = "${local.name}-business-final"

  tags = {
    backup = local.backup_plan
  }
}
