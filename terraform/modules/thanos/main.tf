# Thanos: samples of every cluster, written three times, kept in a bucket, deduplicated and downsampled.

locals {
  chart = jsondecode(file("${path.module}/../charts.json"))["thanos"]
  image = regex("^(?P<registry>[^/]+)/(?P<repository>[^:]+):(?P<tag>.+)$", jsondecode(file("${path.module}/../images.json"))["thanos"])
}

resource "helm_release" "this" {
  name       = "thanos"
  namespace  = var.namespace
  repository = trimsuffix(local.chart.source, "/thanos")
  chart      = "thanos"
  version    = local.chart.version

  values = [yamlencode(local.values)]

  atomic          = true
  cleanup_on_fail = true
  wait            = true
  timeout         = 900
  max_history     = 5

  depends_on = [kubernetes_config_map_v1.web]
}

# The HTTP side of every component: TLS, and a client certificate of our authority.
resource "kubernetes_config_map_v1" "web" {
  metadata {
    name      = "thanos-web"
    namespace = var.namespace
  }

  data = { "web.yml" = yamlencode(local.web_config) }
}

module "sidecar" {
  source      = "../mtls-sidecar"
  secret_name = var.tls.secret_name
  health      = { port = local.ports.http, path = "/-/ready", server_name = var.tls.server_name }
}

# The chart gives the ruler plain URLs to ask; this takes them through TLS.
module "ruler_sidecar" {
  source      = "../mtls-sidecar"
  secret_name = var.tls.secret_name
  health      = { port = local.ports.http, path = "/-/ready", server_name = var.tls.server_name }
  clients     = { query = { port = local.ports.tunnel, target = "${local.hosts.query}:${local.ports.http}", server_name = var.tls.server_name } }
}
