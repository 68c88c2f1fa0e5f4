output "endpoints" {
  description = "What others call: where Prometheus writes (`insert`), and where dashboards ask (`select`, under /select/0/prometheus). Each asks for a client certificate."
  value = {
    insert = { host = "vminsert.${var.namespace}.svc", port = local.ports.https, protocol = "https", server_name = var.tls.server_name }
    select = { host = "vmselect.${var.namespace}.svc", port = local.ports.https, protocol = "https", server_name = var.tls.server_name }
  }
  depends_on = [helm_release.this]
}
