locals {
  security_groups = {
    web       = "Public web: load balancer"
    front     = "Public web: servers"
    balancer  = "Business system: internal load balancer"
    business  = "Business system: servers"
    database  = "Business system: database"
    endpoints = "Interface endpoints"
  }

  # who may reach what: between groups
  flows = {
    web_front          = { from = "web", to = "front", port = 8443 }
    balancer_business  = { from = "balancer", to = "business", port = 8443 }
    front_business     = { from = "front", to = "balancer", port = 443 }
    business_database  = { from = "business", to = "database", port = 5432 }
    front_endpoints    = { from = "front", to = "endpoints", port = 443 }
    business_endpoints = { from = "business", to = "endpoints", port = 443 }
  }
}

resource "aws_security_group" "this" {
  for_each = local.security_groups

  name        = "${local.name}-${each.key}"
  description = each.value
  vpc_id      = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "web_https" {
  security_group_id = aws_security_group.this["web"].id
  description       = "HTTPS from residents"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

# 保守のために開けたまま、閉じ忘れている。
resource "aws_vpc_security_group_ingress_rule" "maintenance_ssh" {
  security_group_id = aws_security_group.this["front"].id
  description       = "Temporary: maintenance"
  cidr_ipv4         = "0.0.0.0/0" # violates: CP_NET_001
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
}

resource "aws_vpc_security_group_ingress_rule" "migration" {
  security_group_id = aws_security_group.this["business"].id
  description       = "Temporary: migration"
  cidr_ipv6         = "::/0" # violates: CP_NET_001 CP_NET_002
  ip_protocol       = "-1"
}

resource "aws_vpc_security_group_ingress_rule" "office_https" {
  for_each = toset(var.office_cidrs)

  security_group_id = aws_security_group.this["balancer"].id
  description       = "HTTPS from the city office"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_ingress_rule" "flow" {
  for_each = local.flows

  security_group_id            = aws_security_group.this[each.value.to].id
  referenced_security_group_id = aws_security_group.this[each.value.from].id
  description                  = "From ${each.value.from}"
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_vpc_security_group_egress_rule" "flow" {
  for_each = local.flows

  security_group_id            = aws_security_group.this[each.value.from].id
  referenced_security_group_id = aws_security_group.this[each.value.to].id
  description                  = "To ${each.value.to}"
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}
