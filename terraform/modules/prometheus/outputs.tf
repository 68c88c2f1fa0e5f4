output "endpoints" {
  description = "What others call: Prometheus' and Alertmanager's APIs, the store API of the sidecars (every pod of the headless service), and the blackbox exporter. Each asks for a client certificate."
  value = {
    prometheus   = { host = "prometheus-prometheus.${var.namespace}.svc", port = local.ports.web, protocol = "https", server_name = var.tls.prometheus.server_name }
    alertmanager = { host = "prometheus-alertmanager.${var.namespace}.svc", port = local.ports.web, protocol = "https", server_name = var.tls.alertmanager.server_name }
    store_api    = { host = "prometheus-thanos-discovery.${var.namespace}.svc", port = local.ports.grpc, protocol = "grpc", server_name = var.tls.prometheus.server_name }
    blackbox     = { host = local.blackbox_host, port = local.ports.web, protocol = "https", server_name = var.tls.exporters.server_name }
  }
  depends_on = [helm_release.this, helm_release.blackbox]
}
