output "cluster" {
  description = "What the platform root configures its providers and charts with. No credential: those are asked for at run time, by the identity that runs."
  value = {
    name                  = module.cluster.cluster_name
    endpoint              = module.cluster.endpoint
    ca_certificate        = module.cluster.ca_certificate
    oidc_issuer           = module.cluster.oidc_issuer
    identity_provider     = module.cluster.identity_provider
    region                = var.region
    kubernetes_version    = module.cluster.kubernetes_version
    private_endpoint_only = module.cluster.private_endpoint_only
    deletion_protection   = module.cluster.deletion_protection
    maintenance_window    = module.cluster.maintenance_window
  }
}

output "node_pools" {
  description = "Node pools by name: their size, and the labels and taints that pods must match."
  value       = module.cluster.node_pools
}

output "monitoring_scheduling" {
  description = "Node selector and tolerations that put a pod on the monitoring pools."
  value       = module.cluster.monitoring_scheduling
}

output "network" {
  description = "The network, its zones and ranges, for NetworkPolicies and topology spread."
  value       = module.network.network
}

output "egress_addresses" {
  description = "Public addresses that traffic to the internet comes from, for allow lists of others."
  value       = module.network.egress_addresses
}

output "buckets" {
  description = "Buckets by name, as object-storage clients are configured."
  value       = module.storage.buckets
}

output "service_accounts" {
  description = "Service accounts by component, with the annotations that give them their identity."
  value       = module.identities.service_accounts
}

output "keys" {
  description = "Keys by use; the platform needs `disks` for its storage class and `unseal` for Vault."
  value       = module.keys.keys
}

output "heartbeat" {
  description = "Where Alertmanager sends its heartbeat, and the alarm on its absence."
  value       = { destination = module.heartbeat.destination, alarm = module.heartbeat.alarm }
}

output "logs" {
  description = "Where the control plane's, the network's and the audit logs are, and for how long."
  value = {
    control_plane = module.cluster.control_plane_logs
    flow          = module.network.flow_log_destination
    audit         = module.audit_logs.bucket
    audit_sources = module.audit_logs.sources
  }
}

output "identities" {
  description = "Identity of the nodes and key of the Kubernetes secrets, for the security report."
  value       = { nodes = module.cluster.node_identity, secrets_encryption_key = module.cluster.secrets_encryption_key }
}
