terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.80"
    }
  }
}
variable "region" {
  type    = string
  default = "ap-northeast-1"
}
variable "names" {
  type    = set(string)
  default = ["logs", "data"]
}
variable "open" {
  type    = list(number)
  default = [443, 80]
}
provider "aws" {
  region                      = var.region
  access_key                  = "a"
  secret_key                  = "b"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  skip_region_validation      = true
}
provider "aws" {
  alias                       = "osaka"
  region                      = "ap-northeast-3"
  access_key                  = "a"
  secret_key                  = "b"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}
locals {
  prefix = "city"
}
resource "aws_kms_key" "main" {
  description         = "key"
  enable_key_rotation = true
}
module "store" {
  source   = "./mods/store"
  for_each = var.names
  name     = "${local.prefix}-${each.key}"
  key_id   = aws_kms_key.main.arn
}
module "copy" {
  source = "./mods/store"
  name   = "copy"
  key_id = aws_kms_key.main.arn
  providers = {
    aws = aws.osaka
  }
}
resource "aws_s3_bucket_public_access_block" "from_output" {
  for_each                = var.names
  bucket                  = module.store[each.key].bucket_id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
resource "aws_s3_bucket_versioning" "copy" {
  provider = aws.osaka
  bucket   = module.copy.bucket_id
  versioning_configuration {
    status = "Enabled"
  }
}
resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_subnet" "a" {
  count      = 2
  vpc_id     = aws_vpc.main.id
  cidr_block = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
}
resource "aws_route_table" "a" {
  vpc_id = aws_vpc.main.id
}
resource "aws_route_table_association" "a" {
  count          = 2
  subnet_id      = aws_subnet.a[count.index].id
  route_table_id = aws_route_table.a.id
}
resource "aws_security_group" "web" {
  name   = "web"
  vpc_id = aws_vpc.main.id
  dynamic "ingress" {
    for_each = var.open
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
}
resource "aws_db_instance" "db" {
  allocated_storage      = 10
  engine                 = "postgres"
  instance_class         = "db.t3.micro"
  username               = "u"
  password               = "passw0rd"
  storage_encrypted      = true
  skip_final_snapshot    = true
  vpc_security_group_ids = [aws_security_group.web.id]
}
resource "aws_instance" "w" {
  ami           = "ami-1"
  instance_type = "t3.micro"
  subnet_id     = aws_subnet.a[0].id
  root_block_device {
    encrypted = true
  }
  metadata_options {
    http_tokens = "required"
  }
  tags = { Name = "w", Key = aws_kms_key.main.id }
}
data "aws_iam_policy_document" "p" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${module.copy.bucket_arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
data "aws_iam_policy_document" "known" {
  statement {
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["*"]
  }
}
resource "aws_iam_policy" "known" {
  policy = data.aws_iam_policy_document.known.json
}
resource "aws_s3_bucket_policy" "p" {
  provider = aws.osaka
  bucket   = module.copy.bucket_id
  policy   = data.aws_iam_policy_document.p.json
}
resource "aws_iam_role_policy" "x" {
  role   = aws_iam_role.r.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "*", Resource = aws_kms_key.main.arn }] })
}
resource "aws_iam_role" "r" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
