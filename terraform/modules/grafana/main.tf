# Grafana: people sign in by OIDC and in no other way, state is in PostgreSQL, replicas agree on notifications through Redis. What it
# shows (folders, dashboards, data sources, alert rules) is module grafana-content's, through the API.

locals {
  chart = jsondecode(file("${path.module}/../charts.json"))["grafana"]
  image = regex("^(?P<registry>[^/]+)/(?P<repository>[^:]+):(?P<tag>.+)$", jsondecode(file("${path.module}/../images.json"))["grafana"])

  # A data source's client key would have to be in Grafana's database, and in the state of whoever sets it. So Grafana speaks plainly to
  # loopback, where a sidecar an upstream takes it on with our certificate, read from files.
  first_port = 19100
  ports      = { for name in keys(var.upstreams) : name => local.first_port + index(sort(keys(var.upstreams)), name) }
}

module "mtls" {
  source = "../mtls-sidecar"

  secret_name = var.tls.secret_name

  clients = {
    for name, upstream in var.upstreams : name => {
      port        = local.ports[name]
      target      = "${upstream.host}:${upstream.port}"
      server_name = upstream.server_name
    }
  }
}

resource "helm_release" "this" {
  name       = "grafana"
  namespace  = var.namespace
  repository = trimsuffix(local.chart.source, "/grafana")
  chart      = "grafana"
  version    = local.chart.version
  values     = [yamlencode(local.values)]

  atomic          = true
  cleanup_on_fail = true
  wait            = true
  timeout         = 600
  max_history     = 5
}

# The way in for people. TLS goes on to Grafana itself: whoever runs the controller sees no password and no session.
resource "kubernetes_ingress_v1" "this" {
  count = var.ingress == null ? 0 : 1

  metadata {
    name        = "grafana"
    namespace   = var.namespace
    annotations = var.ingress.annotations
  }

  spec {
    ingress_class_name = var.ingress.class

    tls {
      hosts       = [var.host]
      secret_name = var.ingress.tls_secret
    }

    rule {
      host = var.host

      http {
        path {
          path      = "/"
          path_type = "Prefix"

          backend {
            service {
              name = "grafana"

              port {
                number = 3000
              }
            }
          }
        }
      }
    }
  }
}
