output "endpoints" {
  description = "What may be called, by component. Each asks for a client certificate."
  value       = module.platform.endpoints
}

output "grafana" {
  description = "What the content root gives to module grafana-content."
  value       = module.platform.grafana
}

output "vault" {
  description = "What the content root gives to module vault-content: who signs in, and the files of Vault's own certificate in its pods."
  value       = module.platform.vault
}

output "cluster" {
  description = "Name of the cluster: label `cluster` of series and alerts."
  value       = module.platform.cluster
}

output "unrestricted" {
  description = "Namespaces whose pods may do more than Pod Security `restricted` allows, with the reason."
  value       = module.platform.unrestricted
}

output "break_glass" {
  description = "How to ask for emergency access."
  value       = module.platform.break_glass
}

output "chaos" {
  description = "Who runs experiments and what it may make where, and the annotations that a target's namespace needs first: for whoever owns that namespace. Empty without targets."
  value       = module.platform.chaos
}

output "backups" {
  description = "Where PostgreSQL's backups are, how far back they go and how much the archive lags: for whoever restores."
  value       = module.platform.backups
}

output "object_storage_gb_a_day" {
  description = "What a day adds to the buckets of metrics, logs and traces before retention takes it away: for whoever pays."
  value       = module.platform.object_storage_gb_a_day
}
