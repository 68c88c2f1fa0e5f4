output "cluster_name" {
  description = "Name of the cluster."
  value       = aws_eks_cluster.this.name
}

output "endpoint" {
  description = "URL of the Kubernetes API. It resolves to private addresses only."
  value       = aws_eks_cluster.this.endpoint
}

output "ca_certificate" {
  description = "Certificate authority of the Kubernetes API, PEM in base64. Public knowledge, not a secret."
  value       = aws_eks_cluster.this.certificate_authority[0].data
}

output "oidc_issuer" {
  description = "URL that signs the tokens of service accounts."
  value       = aws_eks_cluster.this.identity[0].oidc[0].issuer
}

output "identity_provider" {
  description = "What workload identity trusts: the IAM OIDC provider's ARN on AWS, the workload pool on Google Cloud."
  value       = aws_iam_openid_connect_provider.cluster.arn
}

output "kubernetes_version" {
  description = "Minor version of the control plane. Nodes follow it."
  value       = aws_eks_cluster.this.version
}

output "node_pools" {
  description = "Node pools by name: their size, and the labels and taints that pods must match."
  value = {
    for name, group in aws_eks_node_group.this : name => {
      min_nodes = group.scaling_config[0].min_size
      max_nodes = group.scaling_config[0].max_size
      labels    = group.labels
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
  value       = aws_eks_cluster.this.vpc_config[0].endpoint_private_access && !aws_eks_cluster.this.vpc_config[0].endpoint_public_access
}

output "control_plane_logs" {
  description = "Logs of the control plane that are kept, and where: a log group on AWS, a log bucket on Google Cloud."
  value = {
    destination    = aws_cloudwatch_log_group.control_plane.name
    retention_days = aws_cloudwatch_log_group.control_plane.retention_in_days
    audit          = contains(aws_eks_cluster.this.enabled_cluster_log_types, "audit")
  }
}

output "audit_log_source" {
  description = "What module audit-logs exports: the log group on AWS, a filter on Google Cloud."
  value       = aws_cloudwatch_log_group.control_plane.name
}

output "secrets_encryption_key" {
  description = "Key that encrypts Kubernetes secrets."
  value       = aws_eks_cluster.this.encryption_config[0].provider[0].key_arn
}

output "deletion_protection" {
  description = "Whether destroying or replacing the cluster is refused."
  value       = tobool(terraform_data.deletion_protection.input.protected)
}

output "maintenance_window" {
  description = "The weekly window, in UTC."
  value       = var.maintenance_window
}

output "node_identity" {
  description = "Identity of the nodes: a role ARN on AWS, a service account on Google Cloud."
  value       = aws_iam_role.node.arn
}
