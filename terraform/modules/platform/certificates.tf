# One certificate a component, for every name that it is called by.

locals {
  certificates = {
    prometheus             = { namespace = "prometheus", services = ["prometheus-prometheus", "prometheus-thanos-discovery"], headless = ["prometheus-operated"] }
    alertmanager           = { namespace = "prometheus", services = ["prometheus-alertmanager"], headless = ["alertmanager-operated"] }
    exporters              = { namespace = "prometheus", services = ["blackbox-exporter", "kube-state-metrics"] }
    node-exporter          = { namespace = "agents", services = ["node-exporter"] }
    thanos                 = { namespace = "thanos", services = ["thanos-query", "thanos-query-frontend", "thanos-receive", "thanos-storegateway", "thanos-ruler", "thanos-compactor"], headless = ["thanos-receive-headless", "thanos-ruler-headless"] }
    victoriametrics        = { namespace = "victoriametrics", services = ["vminsert", "vmselect"], headless = ["vmstorage"] }
    loki                   = { namespace = "loki", services = ["loki-distributor", "loki-query-frontend", "loki-querier", "loki-compactor"], headless = ["loki-query-scheduler-headless", "loki-index-gateway-headless", "loki-ingester-headless"] }
    tempo                  = { namespace = "tempo", services = ["tempo-distributor", "tempo-query-frontend", "tempo-querier", "tempo-backend-scheduler"], headless = ["tempo-query-frontend-discovery"] }
    collector              = { namespace = "collectors", services = ["collector", "collector-heartbeat"] }
    log-agent              = { namespace = "agents", services = [] }
    grafana                = { namespace = "grafana", services = ["grafana"] }
    vault                  = { namespace = "vault", services = ["vault", "vault-active"], headless = ["vault-internal"] }
    external-secrets       = { namespace = "external-secrets", services = ["external-secrets-metrics"] }
    postgresql             = { namespace = "postgresql", services = ["postgresql-rw", "postgresql-ro", "postgresql-r"] }
    postgresql-replication = { namespace = "postgresql", common_name = "streaming_replica" }
    kafka                  = { namespace = "kafka", services = ["kafka-kafka-bootstrap"], headless = ["kafka-kafka-brokers"] }
    redis                  = { namespace = "redis", services = ["redis", "redis-metrics"] }
    gateway                = { namespace = "gateway", services = ["gateway"] }
  }

  # What pods find as files, out of Vault. Each component reads its own path there and no other's.
  secrets = {
    alertmanager = {
      namespace  = "prometheus"
      tls_secret = local.tls["alertmanager"].secret_name
      secrets    = { "alertmanager-pagerduty" = { keys = { "routing-key" = { path = "pagerduty", property = "routing_key" } } } }
    }
    gateway = {
      namespace  = "gateway"
      tls_secret = local.tls["gateway"].secret_name
      secrets    = { "gateway-keys" = { keys = { dotenv = { path = "pagerduty", property = "dotenv" } } } }
    }
    grafana = {
      namespace  = "grafana"
      tls_secret = local.tls["grafana"].secret_name
      secrets = {
        "grafana-oidc"      = { keys = { "client-secret" = { path = "oidc", property = "client_secret" } } }
        "grafana-session"   = { keys = { "secret-key" = { path = "session", property = "secret_key" } } }
        "grafana-redis"     = { keys = { username = { path = "redis", property = "username" }, password = { path = "redis", property = "password" } } }
        "grafana-pagerduty" = { keys = { "routing-key" = { path = "pagerduty", property = "routing_key" } } }
      }
    }
  }
}
