output "endpoints" {
  description = "Where others call: `api` is the active server, `servers` are all of them (metrics at /v1/sys/metrics?format=prometheus). A client certificate is required."
  value = {
    api     = { host = "vault-active.${var.namespace}.svc", port = 8200, protocol = "https", server_name = "vault-active.${var.namespace}.svc" }
    servers = { host = "vault-internal.${var.namespace}.svc", port = 8200, protocol = "https", server_name = var.tls.server_name }
  }
  depends_on = [helm_release.this]
}

output "client_files" {
  description = "Where Vault's own certificate is within its pods: what a connection URL of a secrets engine names."
  value       = local.files
}
