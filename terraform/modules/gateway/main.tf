# The alert gateway (docs/gateway.md): our own image through a chart of ours. It speaks plain HTTP on loopback, with mutual TLS in
# front of it; it is itself to PostgreSQL by its certificate, so that there is no password.

module "sidecar" {
  source      = "../mtls-sidecar"
  secret_name = var.tls.secret_name

  servers = {
    webhook = { port = local.ports.webhook, target = local.ports.http, status = local.ports.status, path = "/readyz", clients = var.clients }
  }
}

resource "helm_release" "this" {
  name      = local.name
  namespace = var.namespace
  chart     = "${path.module}/charts/gateway"

  values = [yamlencode(local.values)]

  atomic            = true
  cleanup_on_fail   = true
  wait              = true
  timeout           = 300
  dependency_update = false
  max_history       = 5
}
