output "cluster_name" {
  description = "Name of the cluster."
  value       = google_container_cluster.this.name
}

output "endpoint" {
  description = "URL of the Kubernetes API. It resolves to private addresses only."
  value       = "https://${google_container_cluster.this.private_cluster_config[0].private_endpoint}"
}

output "ca_certificate" {
  description = "Certificate authority of the Kubernetes API, PEM in base64. Public knowledge, not a secret."
  value       = google_container_cluster.this.master_auth[0].cluster_ca_certificate
}

output "oidc_issuer" {
  description = "URL that signs the tokens of service accounts."
  value       = "https://container.googleapis.com/v1/projects/${var.account.id}/locations/${var.network.region}/clusters/${google_container_cluster.this.name}"
}

output "identity_provider" {
  description = "What workload identity trusts: the IAM OIDC provider's ARN on AWS, the workload pool on Google Cloud."
  value       = google_container_cluster.this.workload_identity_config[0].workload_pool
}

output "kubernetes_version" {
  description = "Minor version of the control plane. Nodes follow it."
  value       = google_container_cluster.this.min_master_version
}

output "node_pools" {
  description = "Node pools by name: their size, and the labels and taints that pods must match."
  value = {
    for name, pool in google_container_node_pool.this : name => {
      min_nodes = pool.autoscaling[0].total_min_node_count
      max_nodes = pool.autoscaling[0].total_max_node_count
      labels    = pool.node_config[0].labels
      taints    = [for taint in local.pool_taints[name] : { key = taint.key, value = taint.value, effect = "NoSchedule" }]
    }
  }
}

output "monitoring_scheduling" {
  description = "Node selector and tolerations that put a pod on the monitoring pools, in Kubernetes' own words."
  value = {
    node_selector = { (local.monitoring_key) = "true" }
    tolerations   = [{ key = local.monitoring_key, operator = "Equal", value = "true", effect = "NoSchedule" }]
  }
}

output "private_endpoint_only" {
  description = "Whether the Kubernetes API has no public address."
  value       = google_container_cluster.this.private_cluster_config[0].enable_private_endpoint
}

output "control_plane_logs" {
  description = "Logs of the control plane that are kept, and where: a log group on AWS, a log bucket on Google Cloud."
  value = {
    destination    = google_logging_project_bucket_config.control_plane.bucket_id
    retention_days = google_logging_project_bucket_config.control_plane.retention_days
    audit          = true
  }
}

output "audit_log_source" {
  description = "What module audit-logs exports: the log group on AWS, a filter on Google Cloud."
  value       = local.audit_filter
}

output "secrets_encryption_key" {
  description = "Key that encrypts Kubernetes secrets."
  value       = google_container_cluster.this.database_encryption[0].key_name
}

output "deletion_protection" {
  description = "Whether destroying or replacing the cluster is refused."
  value       = google_container_cluster.this.deletion_protection
}

output "maintenance_window" {
  description = "The weekly window, in UTC."
  value       = var.maintenance_window
}

output "node_identity" {
  description = "Identity of the nodes: a role ARN on AWS, a service account on Google Cloud."
  value       = google_service_account.node.email
}
