# Brings what is in Vault to pods as Kubernetes secrets. Each component has a store of its own, signs in to Vault as itself, and can ask
# for nothing of another: the operator has no rights in Vault.

locals {
  chart = jsondecode(file("${path.module}/../charts.json"))["external-secrets"]
  image = regex("^(?P<repository>[^:]+):(?P<tag>.+)$", jsondecode(file("${path.module}/../images.json"))["external-secrets"])
}

module "sidecar" {
  source = "../mtls-sidecar"

  secret_name = var.tls.secret_name
  servers     = { metrics = { port = 8443, target = 8080, status = 8444, path = "/metrics", clients = ["prometheus"] } }
}

resource "helm_release" "this" {
  name       = "external-secrets"
  namespace  = var.namespace
  repository = local.chart.source
  chart      = "external-secrets"
  version    = local.chart.version

  values = [yamlencode(local.values)]

  atomic          = true
  cleanup_on_fail = true
  wait            = true
  timeout         = 600
  max_history     = 5
}

resource "kubernetes_service_v1" "metrics" {
  metadata {
    name      = "external-secrets-metrics"
    namespace = var.namespace
  }

  spec {
    selector   = local.labels
    cluster_ip = "None"

    port {
      name        = "https-metrics"
      port        = 8443
      target_port = "8443"
    }
  }
}

# Who signs in to Vault for a component. No pod runs as it; the operator asks for a short token of it, for audience `vault` only.
resource "kubernetes_service_account_v1" "component" {
  for_each = var.components

  metadata {
    name      = "${each.key}-secrets"
    namespace = each.value.namespace
  }

  automount_service_account_token = false
}

module "objects" {
  source   = "../kubernetes-objects"
  for_each = var.components

  name      = "external-secrets-${each.key}"
  namespace = each.value.namespace
  objects   = { for key, document in local.objects[each.key] : key => jsonencode(document) }

  depends_on = [helm_release.this, kubernetes_service_account_v1.component]
}
