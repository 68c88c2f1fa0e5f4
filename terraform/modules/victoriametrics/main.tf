# VictoriaMetrics as the place of metrics with very many series. Its own mutual TLS is not in the free version, so every listener is on
# loopback with a tunnel in front, and every call between its parts goes through a tunnel.

locals {
  chart = jsondecode(file("${path.module}/../charts.json"))["victoria-metrics-cluster"]
}

resource "helm_release" "this" {
  name       = "victoriametrics"
  namespace  = var.namespace
  repository = trimsuffix(local.chart.source, "/victoria-metrics-cluster")
  chart      = "victoria-metrics-cluster"
  version    = local.chart.version

  values = [yamlencode(local.values)]

  atomic          = true
  cleanup_on_fail = true
  wait            = true
  timeout         = 900
  max_history     = 5
}

module "insert_sidecar" {
  source      = "../mtls-sidecar"
  secret_name = var.tls.secret_name
  servers     = { http = { port = local.ports.https, target = local.loopback.insert, status = local.ports.status, path = "/health" } }
  clients     = local.storage_clients["insert"]
}

module "select_sidecar" {
  source      = "../mtls-sidecar"
  secret_name = var.tls.secret_name
  servers     = { http = { port = local.ports.https, target = local.loopback.select, status = local.ports.status, path = "/health" } }
  clients     = local.storage_clients["select"]
}

module "storage_sidecar" {
  source      = "../mtls-sidecar"
  secret_name = var.tls.secret_name
  servers = {
    http   = { port = local.ports.https, target = local.loopback.storage, status = local.ports.status, path = "/health" }
    insert = { port = local.ports.insert, target = local.loopback.storage_insert, status = local.ports.status + 1 }
    select = { port = local.ports.select, target = local.loopback.storage_select, status = local.ports.status + 2 }
  }
}
