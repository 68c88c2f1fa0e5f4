# Prometheus in a pair and Alertmanager in a mesh, by the operator of kube-prometheus-stack. Both listen on loopback only, with mutual
# TLS in front: their configuration reloaders and kubelet's probes cannot show a certificate, other pods must.

locals {
  charts = jsondecode(file("${path.module}/../charts.json"))
  chart  = local.charts["kube-prometheus-stack"]

  blackbox = local.charts["prometheus-blackbox-exporter"]

  images = {
    for name, reference in jsondecode(file("${path.module}/../images.json")) :
    name => regex("^(?P<registry>[^/]+)/(?P<repository>[^:]+):(?P<tag>.+)$", reference)
  }
}

resource "helm_release" "this" {
  name       = "prometheus"
  namespace  = var.namespace
  repository = trimsuffix(local.chart.source, "/kube-prometheus-stack")
  chart      = "kube-prometheus-stack"
  version    = local.chart.version

  values = [yamlencode(local.values)]

  atomic          = true
  cleanup_on_fail = true
  wait            = true
  timeout         = 900
  max_history     = 5

  depends_on = [kubernetes_config_map_v1.kube_state_metrics]
}

resource "helm_release" "blackbox" {
  name       = "prometheus-blackbox-exporter"
  namespace  = var.namespace
  repository = trimsuffix(local.blackbox.source, "/prometheus-blackbox-exporter")
  chart      = "prometheus-blackbox-exporter"
  version    = local.blackbox.version

  values = [yamlencode(local.blackbox_values)]

  atomic          = true
  cleanup_on_fail = true
  wait            = true
  timeout         = 300
  max_history     = 5
}

module "prometheus_sidecar" {
  source      = "../mtls-sidecar"
  secret_name = var.tls.prometheus.secret_name
  servers     = { web = { port = local.ports.web, target = 9090, status = local.ports.status, path = "/-/ready" } }
}

module "alertmanager_sidecar" {
  source      = "../mtls-sidecar"
  secret_name = var.tls.alertmanager.secret_name
  servers     = { web = { port = local.ports.web, target = 9093, status = local.ports.status, path = "/-/ready" } }
}

module "blackbox_sidecar" {
  source      = "../mtls-sidecar"
  secret_name = var.tls.exporters.secret_name
  servers     = { web = { port = local.ports.web, target = 9115, status = local.ports.status, path = "/-/healthy" } }
}

# The rules of each service are a release of their own: one service's rules change without the others', and no release outgrows the
# megabyte that Helm can keep.
module "rules" {
  source   = "../kubernetes-objects"
  for_each = var.rules

  name      = "rules-${each.key}"
  namespace = var.namespace
  objects   = { "prometheusrule/${each.key}" = jsonencode(local.rules[each.key]) }

  depends_on = [helm_release.this]
}

module "objects" {
  source    = "../kubernetes-objects"
  name      = "prometheus-objects"
  namespace = var.namespace
  objects   = merge({ "prometheusrule/heartbeat" = jsonencode(local.heartbeat_rule) }, local.probes)

  depends_on = [helm_release.this]
}

# kube-state-metrics serves TLS by this file; who asks proves itself by a service-account token, which kubelet's probes need not.
resource "kubernetes_config_map_v1" "kube_state_metrics" {
  metadata {
    name      = "kube-state-metrics-web"
    namespace = var.namespace
  }

  data = {
    "web.yml" = yamlencode({
      tls_server_config = {
        cert_file   = module.blackbox_sidecar.files.cert
        key_file    = module.blackbox_sidecar.files.key
        min_version = "TLS12"
      }
    })
  }
}

# The proxy in front of the node exporter asks the API server whether a caller may do this; Prometheus may.
resource "kubernetes_role_v1" "node_exporter" {
  metadata {
    name      = "node-exporter-metrics"
    namespace = var.agents_namespace
  }

  rule {
    api_groups     = [""]
    resources      = ["services/node-exporter"]
    resource_names = ["node-exporter"]
    verbs          = ["get"]
  }
}

resource "kubernetes_role_binding_v1" "node_exporter" {
  metadata {
    name      = "node-exporter-metrics"
    namespace = var.agents_namespace
  }

  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Role"
    name      = kubernetes_role_v1.node_exporter.metadata[0].name
  }

  subject {
    kind      = "ServiceAccount"
    name      = local.service_account
    namespace = var.namespace
  }
}
