# PostgreSQL by CloudNativePG: one primary and two standbys over zones, synchronous, archived to object storage at least every minute.
# The operator is beside what it operates and watches no other namespace.

locals {
  chart  = jsondecode(file("${path.module}/../charts.json"))["cloudnative-pg"]
  images = jsondecode(file("${path.module}/../images.json"))
}

resource "helm_release" "operator" {
  name       = "cloudnative-pg"
  namespace  = var.namespace
  repository = local.chart.source
  chart      = "cloudnative-pg"
  version    = local.chart.version

  values = [yamlencode(local.operator_values)]

  atomic          = true
  cleanup_on_fail = true
  wait            = true
  timeout         = 600
  max_history     = 5
}

# Its exporter asks nobody for a certificate, so this is in front of it, and no network policy lets anybody to the exporter itself.
module "sidecar" {
  source      = "../mtls-sidecar"
  secret_name = var.tls.secret_name
  servers     = { metrics = { port = local.ports.metrics, target = 9187, status = local.ports.status, path = "/metrics", clients = var.scrapers } }
}

module "objects" {
  source          = "../kubernetes-objects"
  name            = "postgresql-cluster"
  namespace       = var.namespace
  objects         = { for key, document in local.objects : key => jsonencode(document) }
  timeout_seconds = 900

  # The kinds are the operator's, and its webhook has to answer.
  depends_on = [helm_release.operator]
}
