locals {
  name       = "${var.municipality}-civic"
  trail_name = "${local.name}-audit"
  trail_arn  = "arn:aws:cloudtrail:${var.region}:${var.account_id}:trail/${local.trail_name}"

  tags = {
    system      = local.name
    environment = var.environment
    managed_by  = "terraform"
  }

  # tier -> zone -> address range
  zones = ["a", "c"]
  subnets = {
    for position, tier in ["public", "app", "data"] :
    tier => { for number, zone in local.zones : zone => cidrsubnet(var.vpc_cidr, 8, 10 * (position + 1) + number) }
  }

  log_groups = {
    web      = "/${local.name}/web"
    business = "/${local.name}/business"
    flow     = "/${local.name}/vpc-flow"
    trail    = "/${local.name}/cloudtrail"
  }
}
