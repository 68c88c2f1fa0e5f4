# The chart's monitors scrape its own ports, which are on loopback: ours scrape the tunnels.
module "monitors" {
  source    = "../kubernetes-objects"
  name      = "victoriametrics-monitors"
  namespace = var.namespace

  objects = {
    for part in ["vminsert", "vmselect", "vmstorage"] : "servicemonitor/${part}" => jsonencode({
      apiVersion = "monitoring.coreos.com/v1"
      kind       = "ServiceMonitor"
      metadata   = { name = part, namespace = var.namespace }
      spec = {
        selector  = { matchLabels = { app = part, "app.kubernetes.io/instance" = "victoriametrics" } }
        endpoints = [{ port = "https", scheme = "https", tlsConfig = { serverName = var.tls.server_name } }]
      }
    })
  }

  depends_on = [helm_release.this]
}
