module "prometheus" {
  source = "../prometheus"

  namespace           = module.namespaces.namespaces["prometheus"]
  agents_namespace    = module.namespaces.namespaces["agents"]
  cluster             = local.cluster_name
  scheduling          = local.scheduling
  zones               = local.zones
  priority_class      = local.page_path
  identity            = local.identities["alertmanager"]
  sizing              = local.sizing.prometheus
  remote_write        = merge(local.written_to, { high_cardinality = var.high_cardinality })
  alertmanager_config = var.alerting.alertmanager_config
  pagerduty_secret    = module.external_secrets.secrets["alertmanager"][0]
  heartbeat           = local.heartbeats[var.cloud]
  rules               = var.alerting.rules
  probes              = var.probes

  tls = {
    prometheus    = local.tls["prometheus"]
    alertmanager  = local.tls["alertmanager"]
    exporters     = local.tls["exporters"]
    node_exporter = local.tls["node-exporter"]
  }

  depends_on = [kubernetes_storage_class_v1.encrypted]
}

module "thanos" {
  source = "../thanos"

  namespace      = module.namespaces.namespaces["thanos"]
  cloud          = var.cloud
  bucket         = var.cluster.buckets["metrics"]
  scheduling     = local.scheduling
  zones          = local.zones
  priority_class = local.platform
  tls            = local.tls["thanos"]
  identity       = local.identities["thanos"]
  sizing         = local.sizing.thanos
  retention_days = var.retention_days.metrics
  alertmanager   = module.prometheus.endpoints["alertmanager"]
  stores         = merge({ prometheus = module.prometheus.endpoints["store_api"] }, var.other_stores)
}

module "victoriametrics" {
  source = "../victoriametrics"

  namespace      = module.namespaces.namespaces["victoriametrics"]
  cloud          = var.cloud
  bucket         = var.cluster.buckets["backups"]
  scheduling     = local.scheduling
  zones          = local.zones
  priority_class = local.platform
  tls            = local.tls["victoriametrics"]
  identity       = local.identities["victoriametrics"]
  sizing         = local.sizing.victoriametrics
  retention_days = var.retention_days.high_cardinality

  # Its monitors are of a kind that Prometheus' operator brings.
  depends_on = [module.prometheus]
}
