variable "cidr" { type = string }
variable "public" { type = bool }
variable "name" {}
resource "aws_vpc" "v" { cidr_block = cidrsubnet(var.cidr, 2, 1) }
resource "aws_subnet" "s" {
  vpc_id                  = aws_vpc.v.id
  cidr_block              = var.cidr
  map_public_ip_on_launch = var.public
}
output "vpc_id" { value = aws_vpc.v.id }
output "subnet_id" { value = join("", aws_subnet.s[*].id) }
