locals {
  name       = "${var.municipality}-civic"
  trail_name = "${local.name}-audit"
  trail_arn  = "arn:aws:cloudtrail:${var.region}:${var.account_id}:trail/${local.trail_name}"

  tags = {
    system      = local.name
    environment = var.environment
    managed_by  = "terraform"
  }

  # tier -> zone -> subnet; the address plan follows from the VPC's range
  zones = ["${var.region}a", "${var.region}c"]
  subnets = {
    for pair in setproduct(["public", "app", "data"], local.zones) :
    "${pair[0]}-${substr(pair[1], -1, 1)}" => {
      tier = pair[0]
      zone = pair[1]
      cidr = cidrsubnet(var.vpc_cidr, 8, 10 * (index(["public", "app", "data"], pair[0]) + 1) + index(local.zones, pair[1]))
    }
  }

  log_groups = {
    web      = "/${local.name}/web"
    business = "/${local.name}/business"
    flow     = "/${local.name}/vpc-flow"
    trail    = "/${local.name}/cloudtrail"
  }
}
