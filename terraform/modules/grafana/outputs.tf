output "endpoints" {
  description = "`ui`: Grafana itself, for people and for module grafana-content's provider."
  value = {
    ui = { host = "grafana.${var.namespace}.svc", port = 3000, protocol = "https", server_name = var.tls.server_name }
  }
}

output "data_sources" {
  description = "Address of each upstream but the gateway as Grafana sees it: a sidecar on its own loopback, which does mutual TLS."
  value       = { for name, port in local.ports : name => "http://127.0.0.1:${port}" if name != "gateway" }
}

output "gateway_url" {
  description = "The alert gateway's webhook as Grafana reaches it."
  value       = local.gateway_url
}

output "page_contact_points" {
  description = "Contact points that page, which this module makes as files."
  value       = keys(var.page_tiers)
}
