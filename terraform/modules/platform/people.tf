module "gateway" {
  source = "../gateway"

  namespace      = module.namespaces.namespaces["gateway"]
  image          = var.gateway_image
  database       = { host = module.postgresql.endpoints["rw"].host, port = module.postgresql.endpoints["rw"].port, ledger = var.gateway.ledger }
  alertmanagers  = [module.prometheus.endpoints["alertmanager"]]
  routing        = var.alerting.routing
  destinations   = { jsm_url = var.gateway.jsm_url, webhook_url = var.gateway.webhook_url }
  vault          = one([for api in [module.vault.endpoints["api"]] : api if var.gateway.keys_from_vault])
  callbacks      = var.gateway.callbacks
  tls            = local.tls["gateway"]
  keys           = { secret_name = module.external_secrets.secrets["gateway"][0] }
  redis          = module.redis.endpoints["cache"]
  kafka          = module.kafka.endpoints["bootstrap"]
  pagerduty_url  = var.pagerduty_url
  scheduling     = local.scheduling
  zones          = local.zones
  priority_class = local.page_path
  sizing         = local.sizing.gateway
}

module "grafana" {
  source = "../grafana"

  namespace  = module.namespaces.namespaces["grafana"]
  host       = var.grafana.host
  ingress    = var.grafana.ingress
  oidc       = var.grafana.oidc
  machine    = var.grafana.machine
  page_tiers = var.alerting.page_tiers
  tls        = local.tls["grafana"]
  scheduling = local.scheduling
  sizing     = local.sizing.grafana
  redis      = module.redis.endpoints["cache"]

  database = {
    host        = module.postgresql.endpoints["rw"].host
    port        = module.postgresql.endpoints["rw"].port
    server_name = module.postgresql.endpoints["rw"].server_name
    secret_name = local.tls["grafana"].secret_name
  }

  upstreams = {
    thanos          = module.thanos.endpoints["query_frontend"]
    victoriametrics = module.victoriametrics.endpoints["select"]
    loki            = module.loki.endpoints["query"]
    tempo           = module.tempo.endpoints["query"]
    alertmanager    = module.prometheus.endpoints["alertmanager"]
    gateway         = module.gateway.endpoints["webhook"]
  }

  depends_on = [module.external_secrets]
}
