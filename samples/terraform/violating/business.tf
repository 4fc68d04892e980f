# 庁内の業務システム：サーバに公開アドレスを付け、作業用ディスクを暗号化していない。

resource "aws_lb" "business" {
  name                       = "${local.name}-business"
  load_balancer_type         = "application"
  internal                   = true
  drop_invalid_header_fields = true
  enable_deletion_protection = true
  security_groups            = [aws_security_group.this["balancer"].id]
  subnets                    = values(aws_subnet.app)[*].id

  access_logs {
    bucket  = module.access_logs.id
    prefix  = "business"
    enabled = true
  }
}

resource "aws_lb_listener" "business" {
  load_balancer_arn = aws_lb.business.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.business_certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.business.arn
  }
}

resource "aws_lb_target_group" "business" {
  name     = "${local.name}-business"
  vpc_id   = aws_vpc.main.id
  port     = 8443
  protocol = "HTTPS"
}

resource "aws_lb_target_group_attachment" "business" {
  for_each = aws_instance.business

  target_group_arn = aws_lb_target_group.business.arn
  target_id        = each.value.id
}

resource "aws_instance" "business" { # undecided: CP_BCK_001
  for_each = aws_subnet.app

  ami                         = var.business_ami_id
  instance_type               = "m6i.xlarge"
  subnet_id                   = each.value.id
  vpc_security_group_ids      = [aws_security_group.this["business"].id]
  associate_public_ip_address = true # violates: CP_NET_004
  iam_instance_profile        = aws_iam_instance_profile.server.name

  root_block_device {
    volume_size = 50
    encrypted   = true
    kms_key_id  = aws_kms_key.this["data"].arn
  }

  metadata_options {
    http_tokens = "required"
  }

  tags = {
    Name          = "${local.name}-business-${each.key}"
    "Patch Group" = local.name
  }
}

resource "aws_ebs_volume" "work" { # violates: CP_KEY_001
  for_each = aws_instance.business

  availability_zone = each.value.availability_zone
  size              = 200
  type              = "gp3"
  encrypted         = false # violates: CP_VM_001
}

resource "aws_volume_attachment" "work" {
  for_each = aws_instance.business

  device_name = "/dev/sdf"
  volume_id   = aws_ebs_volume.work[each.key].id
  instance_id = each.value.id
}

# サーバの権限：Systems Manager による保守と、文書バケットの読み書きだけ。
data "aws_iam_policy_document" "server_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "server" {
  statement {
    sid       = "Documents"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["arn:aws:s3:::${local.name}-documents/*"]
  }

  # 夜間バッチのために、どのロールでも渡せるようにしている。
  statement {
    sid       = "Batch"
    actions   = ["iam:PassRole", "lambda:*"]
    resources = ["*"]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [for group in ["web", "business"] : "arn:aws:logs:${var.region}:${var.account_id}:log-group:${local.log_groups[group]}:*"]
  }
}

resource "aws_iam_role" "server" {
  name               = "${local.name}-server"
  assume_role_policy = data.aws_iam_policy_document.server_trust.json
}

resource "aws_iam_role_policy" "server" {
  name   = "documents-and-logs"
  role   = aws_iam_role.server.id
  policy = data.aws_iam_policy_document.server.json # violates: CP_IAM_008
}

resource "aws_iam_role_policy_attachment" "server_ssm" {
  role       = aws_iam_role.server.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_instance_profile" "server" {
  name = "${local.name}-server"
  role = aws_iam_role.server.name
}
