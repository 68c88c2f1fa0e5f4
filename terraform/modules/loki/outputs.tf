output "endpoints" {
  description = "What others call, each by mutual TLS: `push` takes logs (OTLP under `/otlp`), `query` answers LogQL."
  value = {
    push  = { host = "loki-distributor.${var.namespace}.svc", port = 3100, protocol = "https", server_name = var.tls.server_name }
    query = { host = "loki-query-frontend.${var.namespace}.svc", port = 3100, protocol = "https", server_name = var.tls.server_name }
  }
}
