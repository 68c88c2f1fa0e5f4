output "endpoints" {
  description = "What others call, each by mutual TLS: `push` takes spans (OTLP over gRPC), `query` answers TraceQL and trace ids."
  value = {
    push  = { host = "tempo-distributor.${var.namespace}.svc", port = 4317, protocol = "grpcs", server_name = var.tls.server_name }
    query = { host = "tempo-query-frontend.${var.namespace}.svc", port = 3200, protocol = "https", server_name = var.tls.server_name }
  }
}
