# 公開 Web：インターネット向けロードバランサと WAF、その後ろのサーバ群（プライベートサブネット）。

resource "aws_lb" "web" {
  name                       = "${local.name}-web"
  load_balancer_type         = "application"
  internal                   = false
  drop_invalid_header_fields = true
  enable_deletion_protection = true
  security_groups            = [aws_security_group.this["web"].id]
  subnets                    = values(aws_subnet.public)[*].id

  access_logs {
    bucket  = module.access_logs.id
    prefix  = "web"
    enabled = true
  }
}

resource "aws_lb_listener" "web_https" {
  load_balancer_arn = aws_lb.web.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.web_certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}

resource "aws_lb_listener" "web_http" {
  load_balancer_arn = aws_lb.web.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}

resource "aws_lb_target_group" "web" {
  name     = "${local.name}-web"
  vpc_id   = aws_vpc.main.id
  port     = 8443
  protocol = "HTTPS"
}

resource "aws_launch_template" "web" {
  name_prefix            = "${local.name}-web-"
  image_id               = var.business_ami_id
  instance_type          = "m6i.large"
  vpc_security_group_ids = [aws_security_group.this["front"].id]

  iam_instance_profile {
    name = aws_iam_instance_profile.server.name
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size = 30
      volume_type = "gp3"
      encrypted   = true
      kms_key_id  = aws_kms_key.this["data"].arn
    }
  }

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
}

resource "aws_autoscaling_group" "web" {
  name                = "${local.name}-web"
  min_size            = 2
  max_size            = 6
  vpc_zone_identifier = values(aws_subnet.app)[*].id
  target_group_arns   = [aws_lb_target_group.web.arn]
  health_check_type   = "ELB"

  launch_template {
    id      = aws_launch_template.web.id
    version = aws_launch_template.web.latest_version
  }
}

resource "aws_wafv2_web_acl" "web" {
  name  = "${local.name}-web"
  scope = "REGIONAL"

  default_action {
    allow {}
  }

  rule {
    name     = "common"
    priority = 1

    override_action {
      none {}
    }

    statement {
      managed_rule_group_statement {
        vendor_name = "AWS"
        name        = "AWSManagedRulesCommonRuleSet"
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "common"
      sampled_requests_enabled   = true
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = "web"
    sampled_requests_enabled   = true
  }
}

# WAF のログの名称は aws-waf-logs- で始める（AWS の制約）。
resource "aws_cloudwatch_log_group" "firewall" {
  name              = "aws-waf-logs-${local.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.this["logs"].arn
}

resource "aws_wafv2_web_acl_logging_configuration" "web" {
  resource_arn            = aws_wafv2_web_acl.web.arn
  log_destination_configs = [aws_cloudwatch_log_group.firewall.arn]
}

resource "aws_wafv2_web_acl_association" "web" {
  resource_arn = aws_lb.web.arn
  web_acl_arn  = aws_wafv2_web_acl.web.arn
}
