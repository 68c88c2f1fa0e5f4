module "loki" {
  source = "../loki"

  namespace      = module.namespaces.namespaces["loki"]
  cloud          = var.cloud
  bucket         = var.cluster.buckets["logs"]
  retention_days = var.retention_days.logs
  tls            = local.tls["loki"]
  scheduling     = local.scheduling
  zones          = local.zones
  priority_class = local.platform
  identity       = local.identities["loki"]
  sizing         = local.sizing.loki

  depends_on = [module.prometheus]
}

module "tempo" {
  source = "../tempo"

  namespace      = module.namespaces.namespaces["tempo"]
  cluster        = local.cluster_name
  cloud          = var.cloud
  bucket         = var.cluster.buckets["traces"]
  retention_days = var.retention_days.traces
  tls            = local.tls["tempo"]
  scheduling     = local.scheduling
  priority_class = local.platform
  identity       = local.identities["tempo"]
  sizing         = local.sizing.tempo
  remote_write   = module.thanos.endpoints["receive"]

  # The listener for clients without TLS of their own: each broker says that it is where a sidecar of Tempo's pods leads to it.
  kafka = {
    topic      = "tempo-traces"
    partitions = module.kafka.topics["tempo-traces"].partitions
    bootstrap  = module.kafka.loopback.bootstrap
    brokers    = module.kafka.loopback.brokers
  }

  depends_on = [module.prometheus]
}

module "collectors" {
  source = "../collectors"

  namespace        = module.namespaces.namespaces["collectors"]
  agents_namespace = module.namespaces.namespaces["agents"]
  cluster          = local.cluster_name
  tls              = { collector = local.tls["collector"], agent = local.tls["log-agent"] }
  scheduling       = local.scheduling
  priority_class   = local.platform
  identity         = local.identities["collector"]
  sizing           = local.sizing.collectors
  kafka            = module.kafka.endpoints["bootstrap"]

  endpoints = {
    tempo   = module.tempo.endpoints["push"]
    loki    = module.loki.endpoints["push"]
    metrics = module.thanos.endpoints["receive"]
  }

  heartbeat = one([
    for project in regexall("^projects/([^/]+)/topics/", var.cluster.heartbeat.destination) : {
      project = project[0]
      topic   = var.cluster.heartbeat.destination
    }
  ])
}
