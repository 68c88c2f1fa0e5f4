# Two releases of the OpenTelemetry Collector. The collector (namespace collectors) is where applications and agents send traces, logs
# and metrics, and takes each to its store. The agent (namespace agents, one a node) reads what containers write and gives each line
# its pod's name and the trace that it belongs to.

locals {
  chart = jsondecode(file("${path.module}/../charts.json"))["opentelemetry-collector"]
  image = regex("^(?P<repository>[^@]+):(?P<tag>[^:@]+)$", jsondecode(file("${path.module}/../images.json"))["opentelemetry-collector"])
}

module "tls" {
  source   = "../mtls-sidecar"
  for_each = var.tls

  secret_name = each.value.secret_name
}

resource "helm_release" "collector" {
  name       = "collector"
  namespace  = var.namespace
  repository = local.chart.source
  chart      = "opentelemetry-collector"
  version    = local.chart.version
  values     = [yamlencode(local.collector_values)]

  atomic          = true
  cleanup_on_fail = true
  wait            = true
  timeout         = 600
  max_history     = 5
}

resource "helm_release" "agent" {
  name       = "log-agent"
  namespace  = var.agents_namespace
  repository = local.chart.source
  chart      = "opentelemetry-collector"
  version    = local.chart.version
  values     = [yamlencode(local.agent_values)]

  atomic          = true
  cleanup_on_fail = true
  wait            = true
  timeout         = 600
  max_history     = 5

  depends_on = [helm_release.collector]
}

# The chart's budget names no number.
resource "kubernetes_pod_disruption_budget_v1" "collector" {
  metadata {
    name      = "collector"
    namespace = var.namespace
  }

  spec {
    max_unavailable = "1"

    selector {
      match_labels = { "app.kubernetes.io/name" = "opentelemetry-collector", "app.kubernetes.io/instance" = "collector" }
    }
  }
}
