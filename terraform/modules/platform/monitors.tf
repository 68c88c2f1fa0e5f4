# Scrapes of what its own chart brings no monitor for. Each pod is asked by its address, with the certificate of Prometheus' scrape class.

locals {
  scraped = {
    vault = {
      namespace   = "vault"
      labels      = { "app.kubernetes.io/name" = "vault", component = "server" }
      port        = module.vault.endpoints["servers"].port
      path        = "/v1/sys/metrics"
      params      = { format = ["prometheus"] }
      server_name = module.vault.endpoints["servers"].server_name
    }
    external-secrets = {
      namespace   = "external-secrets"
      labels      = { "app.kubernetes.io/name" = "external-secrets" }
      port        = module.external_secrets.endpoints["metrics"].port
      path        = "/metrics"
      params      = {}
      server_name = module.external_secrets.endpoints["metrics"].server_name
    }
    postgresql = {
      namespace   = module.postgresql.metrics.namespace
      labels      = module.postgresql.metrics.labels
      port        = module.postgresql.metrics.port
      path        = "/metrics"
      params      = {}
      server_name = module.postgresql.metrics.server_name
    }
    redis = {
      namespace   = "redis"
      labels      = { "app.kubernetes.io/name" = "valkey" }
      port        = module.redis.endpoints["metrics"].port
      path        = "/metrics"
      params      = {}
      server_name = module.redis.endpoints["metrics"].server_name
    }
    gateway = {
      namespace   = "gateway"
      labels      = { "app.kubernetes.io/name" = "gateway" }
      port        = module.gateway.endpoints["webhook"].port
      path        = "/metrics"
      params      = {}
      server_name = module.gateway.endpoints["webhook"].server_name
    }
  }
}

module "monitors" {
  source = "../kubernetes-objects"

  name      = "platform-monitors"
  namespace = module.namespaces.namespaces["prometheus"]

  objects = {
    for name, target in local.scraped : "podmonitor/${name}" => jsonencode({
      apiVersion = "monitoring.coreos.com/v1"
      kind       = "PodMonitor"
      metadata   = { name = name, namespace = "prometheus" }
      spec = {
        namespaceSelector = { matchNames = [target.namespace] }
        selector          = { matchLabels = target.labels }
        podMetricsEndpoints = [merge(
          { portNumber = target.port, path = target.path, scheme = "https", interval = "30s", tlsConfig = { serverName = target.server_name } },
          { for key in length(target.params) > 0 ? ["params"] : [] : key => target.params },
        )]
      }
    })
  }

  # The kind is of Prometheus' operator.
  depends_on = [module.prometheus]
}
