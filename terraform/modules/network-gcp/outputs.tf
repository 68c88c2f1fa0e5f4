output "network" {
  description = "What a cluster needs to know about its network; the shape that modules eks and gke take."
  value = {
    id             = google_compute_network.this.id
    region         = var.region
    zones          = var.zones
    cidr           = var.cidr
    subnet_ids     = [google_compute_subnetwork.nodes.id]
    service_cidr   = var.service_cidr
    pods_range     = local.pods_range
    services_range = local.services_range
  }
}

output "egress_addresses" {
  description = "Public addresses that traffic to the internet comes from, for allow lists of others. Empty without egress."
  value       = [for address in google_compute_address.nat : address.address]
}

output "flow_log_destination" {
  description = "Where flow logs go: a CloudWatch log group on AWS, a Cloud Logging bucket on Google Cloud."
  value       = google_logging_project_bucket_config.flow.bucket_id
}
