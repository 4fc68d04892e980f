resource "aws_security_group" "st" {
  name   = "st"
  vpc_id = aws_vpc.main.id
  ingress {
    from_port       = 22
    to_port         = 22
    protocol        = "tcp"
    security_groups = [aws_security_group.web.id]
  }
  ingress {
    from_port       = 23
    to_port         = 23
    protocol        = "tcp"
    cidr_blocks = [aws_vpc.main.cidr_block]
  }
}
resource "aws_security_group" "dyn" {
  name   = "dyn"
  dynamic "ingress" {
    for_each = aws_security_group.st.ingress
    content {
      from_port   = ingress.value.from_port
      to_port     = 1
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
}
resource "aws_s3_bucket" "each" {
  for_each = toset(["x", "y.z"])
  bucket   = "each-${each.value}"
}
resource "aws_s3_bucket_public_access_block" "chain" {
  for_each = aws_s3_bucket.each
  bucket   = each.value.id
}
resource "aws_s3_bucket_policy" "one" {
  bucket = aws_s3_bucket.each["y.z"].id
  policy = "{}"
}
resource "aws_s3_bucket_acl" "m" {
  bucket = module.store["logs"].bucket_id
  acl = "private"
}
resource "aws_lb" "l" {
  name     = "l"
  subnets  = aws_subnet.a[*].id
  security_groups = [for s in [aws_security_group.web, aws_security_group.st] : s.id]
  access_logs {
    bucket = aws_s3_bucket.each["x"].bucket
    enabled = true
  }
}
resource "aws_instance" "two" {
  ami           = "ami-1"
  instance_type = "t3.micro"
  subnet_id     = element(aws_subnet.a[*].id, 1)
}
resource "aws_cloudtrail" "t" {
  name = "trail"
  s3_bucket_name = aws_s3_bucket.each["x"].id
  kms_key_id = aws_kms_key.main.arn
  event_selector {
    data_resource {
      type = "AWS::S3::Object"
      values = ["${aws_s3_bucket.each["x"].arn}/"]
    }
  }
}
data "aws_iam_policy_document" "multi" {
  statement {
    sid = "b"
    actions   = ["s3:GetObject"]
    resources = [aws_kms_key.main.arn, "arn:aws:s3:::x"]
  }
  statement {
    sid = "a"
    actions   = ["s3:*"]
    resources = ["*"]
    condition {
      test = "StringEquals"
      variable = "aws:SourceArn"
      values = [aws_s3_bucket.each["x"].arn]
    }
  }
}
