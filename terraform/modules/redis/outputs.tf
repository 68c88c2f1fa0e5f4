output "endpoints" {
  description = "Where others call, with a client certificate whose common name is the user: `cache` (rediss) and `metrics`."
  value = {
    cache   = { host = "redis.${var.namespace}.svc", port = 6379, protocol = "rediss", server_name = var.tls.server_name }
    metrics = { host = "${kubernetes_service_v1.metrics.metadata[0].name}.${var.namespace}.svc", port = 9121, protocol = "https", server_name = var.tls.server_name }
  }
  depends_on = [helm_release.this]
}
