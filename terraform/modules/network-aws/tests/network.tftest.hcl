provider "aws" {
  region = "eu-west-1"
}

variables {
  name    = "ballast-test"
  account = { id = "123456789012" }
  region  = "eu-west-1"
  zones   = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
  cidr    = "10.20.0.0/16"
  kms_key = "arn:aws:kms:eu-west-1:123456789012:key/logs"
}

run "a_gateway_in_each_zone" {
  assert {
    condition     = output.network.subnet_ids == [for zone in var.zones : aws_subnet.private[zone].id]
    error_message = "The subnets are not handed out in the order of the zones."
  }

  assert {
    condition     = output.network.id == aws_vpc.this.id && output.network.cidr == "10.20.0.0/16" && output.network.service_cidr == "172.20.0.0/20"
    error_message = "Output network does not describe the VPC."
  }

  assert {
    condition     = alltrue([for zone in var.zones : aws_route.private[zone].nat_gateway_id == aws_nat_gateway.this[zone].id])
    error_message = "A zone leaves through another zone's gateway."
  }

  assert {
    condition     = output.egress_addresses == [for zone in var.zones : aws_eip.nat[zone].public_ip]
    error_message = "The egress addresses are not the gateways'."
  }

  assert {
    condition     = length(distinct(concat([for subnet in aws_subnet.private : subnet.cidr_block], [for subnet in aws_subnet.public : subnet.cidr_block]))) == 6
    error_message = "Subnets share a range."
  }

  assert {
    condition     = aws_flow_log.this.log_destination == aws_cloudwatch_log_group.flow.arn && aws_flow_log.this.iam_role_arn == aws_iam_role.flow.arn && aws_flow_log.this.traffic_type == "ALL"
    error_message = "Flow logs do not record all traffic into their log group."
  }

  assert {
    condition     = aws_cloudwatch_log_group.flow.kms_key_id == var.kms_key && output.flow_log_destination == aws_cloudwatch_log_group.flow.name
    error_message = "Flow logs are not encrypted with our key, or the output names another group."
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) == 0 && length(aws_security_group.endpoints) == 0
    error_message = "There are private endpoints though there is a way out."
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.public : !subnet.map_public_ip_on_launch && !contains(keys(subnet.tags), "kubernetes.io/role/elb")])
    error_message = "A public subnet gives out addresses or attracts load balancers."
  }

  assert {
    condition     = length(aws_default_security_group.this.ingress) == 0 && length(aws_default_security_group.this.egress) == 0
    error_message = "The default security group allows something."
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.flow.policy, "\"*\"")
    error_message = "The flow-log role may do more than write its group."
  }
}

run "one_shared_gateway" {
  variables {
    egress                  = "shared"
    flow_log_retention_days = 365
    service_cidr            = "172.21.0.0/20"
    iam                     = { path = "/ballast/staging/", permissions_boundary = "arn:aws:iam::123456789012:policy/ballast/staging/boundary" }
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 1 && alltrue([for route in aws_route.private : route.nat_gateway_id == aws_nat_gateway.this[var.zones[0]].id])
    error_message = "Not every zone leaves through the shared gateway."
  }

  assert {
    condition     = aws_cloudwatch_log_group.flow.retention_in_days == 365 && output.network.service_cidr == "172.21.0.0/20"
    error_message = "The retention or the service range is not the one asked for."
  }

  assert {
    condition     = aws_iam_role.flow.path == "/ballast/staging/" && aws_iam_role.flow.permissions_boundary == var.iam.permissions_boundary
    error_message = "The role is outside its path or boundary."
  }
}

run "no_way_out" {
  variables {
    egress = "none"
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 0 && length(aws_internet_gateway.this) == 0 && length(aws_route.private) == 0 && length(aws_subnet.public) == 0 && output.egress_addresses == []
    error_message = "There is a way to the internet."
  }

  assert {
    condition     = contains(keys(aws_vpc_endpoint.interface), "sts") && alltrue([for endpoint in aws_vpc_endpoint.interface : endpoint.private_dns_enabled && endpoint.security_group_ids == toset([aws_security_group.endpoints[0].id])])
    error_message = "AWS services are not reached through guarded private endpoints."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.endpoints[0].cidr_ipv4 == var.cidr
    error_message = "The endpoints answer others than the network."
  }
}
