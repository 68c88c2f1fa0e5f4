output "endpoints" {
  description = "Where Alertmanager and Grafana send (`alerts/routing.yaml`, `delivery.gateway`), and Prometheus scrapes, with a client certificate."
  value = {
    webhook = {
      host        = "${local.name}.${var.namespace}.svc"
      port        = local.ports.webhook
      protocol    = "https"
      server_name = var.tls.server_name
    }
  }
  depends_on = [helm_release.this]
}
