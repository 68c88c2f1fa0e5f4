output "endpoints" {
  description = "What others call: where Prometheus writes (`receive`), where dashboards ask (`query_frontend`, `query`), and the store API by which another Thanos asks this one. Each asks for a client certificate."
  value = {
    receive        = { host = local.hosts.receive, port = local.ports.remote_write, protocol = "https", server_name = var.tls.server_name }
    query_frontend = { host = local.hosts.query_frontend, port = local.ports.http, protocol = "https", server_name = var.tls.server_name }
    query          = { host = local.hosts.query, port = local.ports.http, protocol = "https", server_name = var.tls.server_name }
    store_api      = { host = local.hosts.query, port = local.ports.grpc, protocol = "grpc", server_name = var.tls.server_name }
  }
  depends_on = [helm_release.this]
}
