output "cluster" {
  description = "What the platform root configures its providers and charts with. No credential: those are asked for at run time, by the identity that runs."
  value       = module.foundation.cluster
}

output "node_pools" {
  description = "Node pools by name: their size, and the labels and taints that pods must match."
  value       = module.foundation.node_pools
}

output "monitoring_scheduling" {
  description = "Node selector and tolerations that put a pod on the monitoring pools."
  value       = module.foundation.monitoring_scheduling
}

output "network" {
  description = "The network, its zones and ranges, for NetworkPolicies and topology spread."
  value       = module.foundation.network
}

output "egress_addresses" {
  description = "Public addresses that traffic to the internet comes from, for allow lists of others."
  value       = module.foundation.egress_addresses
}

output "buckets" {
  description = "Buckets by name, as object-storage clients are configured."
  value       = module.foundation.buckets
}

output "service_accounts" {
  description = "Service accounts by component, with the annotations that give them their identity."
  value       = module.foundation.service_accounts
}

output "keys" {
  description = "Keys by use; the platform needs `disks` for its storage class and `unseal` for Vault."
  value       = module.foundation.keys
}

output "heartbeat" {
  description = "Where Alertmanager sends its heartbeat, and the alarm on its absence."
  value       = module.foundation.heartbeat
}

output "logs" {
  description = "Where the control plane's, the network's and the audit logs are, and for how long."
  value       = module.foundation.logs
}

output "identities" {
  description = "Identity of the nodes and key of the Kubernetes secrets, for the security report."
  value       = module.foundation.identities
}
