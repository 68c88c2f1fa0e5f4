# Loki in microservices: writers (distributors, ingesters in three zones), readers (query front ends, schedulers, queriers, index
# gateways) and one compactor that applies the retention. Chunks and index are in object storage, reached by workload identity.

locals {
  chart = jsondecode(file("${path.module}/../charts.json"))["loki"]
  image = regex("^(?P<registry>[^/]+)/(?P<repository>[^:]+):(?P<tag>.+)$", jsondecode(file("${path.module}/../images.json"))["loki"])
}

# The secret of cert-manager as files, /etc/mtls in every pod, and a relay for gossip, which has TLS but asks for no certificate.
module "tls" {
  source = "../mtls-sidecar"

  secret_name = var.tls.secret_name
  relays      = { gossip = { port = 7946, target = 7947, server_name = var.tls.server_name } }
}

resource "helm_release" "this" {
  name       = "loki"
  namespace  = var.namespace
  repository = trimsuffix(local.chart.source, "/loki")
  chart      = "loki"
  version    = local.chart.version
  values     = [yamlencode(local.values)]

  atomic          = true
  cleanup_on_fail = true
  wait            = true
  timeout         = 1200
  max_history     = 5
}
