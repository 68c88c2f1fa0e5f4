# One private and one public subnet a zone. Nodes and pods live in the private ones; the public ones hold NAT gateways only and
# carry no load-balancer tag, so that a Service can never be published to the internet by accident.

locals {
  private_ranges = { for index, zone in var.zones : zone => cidrsubnet(var.cidr, 2, index) }
  public_ranges  = { for index, zone in var.zones : zone => cidrsubnet(var.cidr, 8, 192 + index) }

  nat_zones = {
    "per-zone" = var.zones
    "shared"   = slice(var.zones, 0, 1)
    "none"     = []
  }[var.egress]
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_hostnames = true
  enable_dns_support   = true

  tags = { Name = var.name }
}

# The group that AWS gives to whatever names none: it allows nothing.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-default-deny" }
}

resource "aws_subnet" "private" {
  for_each = local.private_ranges

  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = each.value

  tags = {
    Name                              = "${var.name}-private-${each.key}"
    "kubernetes.io/role/internal-elb" = "1"
  }
}

resource "aws_route_table" "private" {
  for_each = local.private_ranges

  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-private-${each.key}" }
}

resource "aws_route_table_association" "private" {
  for_each = local.private_ranges

  route_table_id = aws_route_table.private[each.key].id
  subnet_id      = aws_subnet.private[each.key].id
}
