output "endpoints" {
  description = "What may be called, by component. Each asks for a client certificate."
  value = {
    prometheus      = module.prometheus.endpoints
    thanos          = module.thanos.endpoints
    victoriametrics = module.victoriametrics.endpoints
    loki            = module.loki.endpoints
    tempo           = module.tempo.endpoints
    collectors      = module.collectors.endpoints
    grafana         = module.grafana.endpoints
    vault           = module.vault.endpoints
    postgresql      = module.postgresql.endpoints
    kafka           = module.kafka.endpoints
    redis           = module.redis.endpoints
    gateway         = module.gateway.endpoints
  }
}

output "grafana" {
  description = "What the content root gives to module grafana-content."
  value = {
    host                = var.grafana.host
    data_sources        = module.grafana.data_sources
    gateway_url         = module.grafana.gateway_url
    page_contact_points = module.grafana.page_contact_points
  }
}

output "vault" {
  description = "What the content root gives to module vault-content: who signs in, and the files of Vault's own certificate in its pods."
  value = {
    components = merge(
      module.external_secrets.service_accounts,
      { for name in var.gateway.keys_from_vault ? ["gateway-pods"] : [] : name => { namespace = "gateway", service_account = "gateway" } },
    )
    client_files = module.vault.client_files
  }
}

output "cluster" {
  description = "Name of the cluster: label `cluster` of series and alerts."
  value       = local.cluster_name
}

output "unrestricted" {
  description = "Namespaces whose pods may do more than Pod Security `restricted` allows, with the reason."
  value       = module.namespaces.unrestricted
}

output "break_glass" {
  description = "How to ask for emergency access."
  value       = module.kubernetes_rbac.break_glass
}

output "chaos" {
  description = "Who runs experiments and what it may make where, and the annotations that a target's namespace needs first: for whoever owns that namespace. Empty without targets."
  value       = { runner = one(module.chaos[*].runner), namespace_annotations = merge({}, module.chaos[*].namespace_annotations...) }
}

output "backups" {
  description = "Where PostgreSQL's backups are, how far back they go and how much the archive lags: for whoever restores."
  value       = module.postgresql.archive
}

output "object_storage_gb_a_day" {
  description = "What a day adds to the buckets of metrics, logs and traces before retention takes it away: for whoever pays."
  value       = module.sizing.object_storage_gb_a_day
}
