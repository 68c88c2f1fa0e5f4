# The alert gateway (docs/gateway.md): our own image through a chart of ours. It speaks plain HTTP on loopback, with mutual TLS in
# front of it; it is itself to PostgreSQL by its certificate, so that there is no password.

module "sidecar" {
  source      = "../mtls-sidecar"
  secret_name = var.tls.secret_name

  servers = merge(
    { webhook = { port = local.ports.webhook, target = local.ports.http, status = local.ports.status, path = "/readyz", clients = var.clients } },
    {
      for callbacks in var.callbacks[*] : "callbacks" => {
        port = local.ports.callbacks, target = local.ports.http, status = local.ports.callbacks_status, path = "/readyz", clients = [callbacks.client]
      }
    },
  )
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

# The way in from PagerDuty: one path, whose signatures the gateway checks. TLS goes on to the gateway, with the controller's certificate.
resource "kubernetes_ingress_v1" "callbacks" {
  count = var.callbacks == null ? 0 : 1

  metadata {
    name        = "${local.name}-callbacks"
    namespace   = var.namespace
    annotations = var.callbacks.annotations
  }

  spec {
    ingress_class_name = var.callbacks.class

    tls {
      hosts       = [var.callbacks.host]
      secret_name = var.callbacks.tls_secret
    }

    rule {
      host = var.callbacks.host

      http {
        path {
          path      = "/v1/pagerduty"
          path_type = "Exact"

          backend {
            service {
              name = local.name

              port {
                number = local.ports.callbacks
              }
            }
          }
        }
      }
    }
  }

  depends_on = [helm_release.this]
}
