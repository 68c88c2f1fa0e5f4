# Default deny in both directions, then names, then the listed flows. A flow makes two policies, one a side: both must agree, so a
# connection needs a reason where it begins and where it ends. Probes come from the node itself and need none.

locals {
  ours = keys(var.namespaces)

  clients = merge([
    for namespace, selectors in var.api_server.clients : {
      for index, pods in selectors : "${namespace}-${index}" => { namespace = namespace, pods = pods, name = "api-server-${index}" }
    }
  ]...)
}

resource "kubernetes_network_policy_v1" "deny" {
  for_each = kubernetes_namespace_v1.this

  metadata {
    name      = "deny-by-default"
    namespace = each.value.metadata[0].name
  }

  spec {
    pod_selector {}
    policy_types = ["Ingress", "Egress"]
  }
}

resource "kubernetes_network_policy_v1" "names" {
  for_each = kubernetes_namespace_v1.this

  metadata {
    name      = "resolve-names"
    namespace = each.value.metadata[0].name
  }

  spec {
    pod_selector {}
    policy_types = ["Egress"]

    egress {
      to {
        namespace_selector {
          match_labels = { "kubernetes.io/metadata.name" = var.dns.namespace }
        }
        pod_selector {
          match_labels = var.dns.pods
        }
      }

      dynamic "to" {
        for_each = var.dns.addresses
        content {
          ip_block {
            cidr = "${to.value}/32"
          }
        }
      }

      ports {
        port     = "53"
        protocol = "UDP"
      }
      ports {
        port     = "53"
        protocol = "TCP"
      }
    }
  }
}

resource "kubernetes_network_policy_v1" "ingress" {
  for_each = { for name, flow in var.flows : name => flow if contains(local.ours, flow.to.namespace) }

  metadata {
    name        = "from-${each.key}"
    namespace   = kubernetes_namespace_v1.this[each.value.to.namespace].metadata[0].name
    annotations = { "ballast.dev/purpose" = each.value.purpose }
  }

  spec {
    policy_types = ["Ingress"]

    pod_selector {
      match_labels = each.value.to.pods
    }

    ingress {
      from {
        namespace_selector {
          match_labels = { "kubernetes.io/metadata.name" = each.value.from.namespace }
        }
        pod_selector {
          match_labels = each.value.from.pods
        }
      }

      dynamic "ports" {
        for_each = each.value.tcp
        content {
          port     = tostring(ports.value)
          protocol = "TCP"
        }
      }
      dynamic "ports" {
        for_each = each.value.udp
        content {
          port     = tostring(ports.value)
          protocol = "UDP"
        }
      }
    }
  }
}

resource "kubernetes_network_policy_v1" "egress" {
  for_each = { for name, flow in var.flows : name => flow if contains(local.ours, flow.from.namespace) }

  metadata {
    name        = "to-${each.key}"
    namespace   = kubernetes_namespace_v1.this[each.value.from.namespace].metadata[0].name
    annotations = { "ballast.dev/purpose" = each.value.purpose }
  }

  spec {
    policy_types = ["Egress"]

    pod_selector {
      match_labels = each.value.from.pods
    }

    egress {
      to {
        namespace_selector {
          match_labels = { "kubernetes.io/metadata.name" = each.value.to.namespace }
        }
        pod_selector {
          match_labels = each.value.to.pods
        }
      }

      dynamic "ports" {
        for_each = each.value.tcp
        content {
          port     = tostring(ports.value)
          protocol = "TCP"
        }
      }
      dynamic "ports" {
        for_each = each.value.udp
        content {
          port     = tostring(ports.value)
          protocol = "UDP"
        }
      }
    }
  }
}

resource "kubernetes_network_policy_v1" "outward" {
  for_each = var.outward

  metadata {
    name        = "outward-${each.key}"
    namespace   = kubernetes_namespace_v1.this[each.value.from.namespace].metadata[0].name
    annotations = { "ballast.dev/purpose" = each.value.purpose }
  }

  spec {
    policy_types = ["Egress"]

    pod_selector {
      match_labels = each.value.from.pods
    }

    egress {
      to {
        ip_block {
          cidr   = each.value.cidr
          except = each.value.except
        }
      }

      ports {
        port     = tostring(each.value.port)
        protocol = "TCP"
      }
    }
  }
}

resource "kubernetes_network_policy_v1" "api_clients" {
  for_each = local.clients

  metadata {
    name        = each.value.name
    namespace   = kubernetes_namespace_v1.this[each.value.namespace].metadata[0].name
    annotations = { "ballast.dev/purpose" = "Uses the Kubernetes API." }
  }

  spec {
    policy_types = ["Egress"]

    pod_selector {
      match_labels = each.value.pods
    }

    egress {
      to {
        ip_block {
          cidr = var.api_server.cidr
        }
      }

      ports {
        port     = tostring(var.api_server.port)
        protocol = "TCP"
      }
    }
  }
}

resource "kubernetes_network_policy_v1" "webhooks" {
  for_each = var.api_server.webhooks

  metadata {
    name        = "webhook-${each.key}"
    namespace   = kubernetes_namespace_v1.this[each.value.namespace].metadata[0].name
    annotations = { "ballast.dev/purpose" = "The Kubernetes API asks this webhook." }
  }

  spec {
    policy_types = ["Ingress"]

    pod_selector {
      match_labels = each.value.pods
    }

    ingress {
      from {
        ip_block {
          cidr = var.api_server.cidr
        }
      }

      ports {
        port     = tostring(each.value.port)
        protocol = "TCP"
      }
    }
  }
}
