output "network" {
  description = "What a cluster needs to know about its network; the shape that modules eks and gke take."
  value = {
    id             = aws_vpc.this.id
    region         = var.region
    zones          = var.zones
    cidr           = var.cidr
    subnet_ids     = [for zone in var.zones : aws_subnet.private[zone].id]
    service_cidr   = var.service_cidr
    pods_range     = null
    services_range = null
  }
}

output "egress_addresses" {
  description = "Public addresses that traffic to the internet comes from, for allow lists of others. Empty without egress."
  value       = [for zone in local.nat_zones : aws_eip.nat[zone].public_ip]
}

output "flow_log_destination" {
  description = "Where flow logs go: a CloudWatch log group on AWS, a Cloud Logging bucket on Google Cloud."
  value       = aws_cloudwatch_log_group.flow.name
}
