# Valkey as the gateway's cache. It may be emptied at any time, so one pod without a volume serves best: lost, it is back in any zone
# within seconds, while a replicated one of this chart has its primary, without failover, on a volume of one zone.

locals {
  chart = jsondecode(file("${path.module}/../charts.json"))["valkey"]
}

resource "helm_release" "this" {
  name       = "redis"
  namespace  = var.namespace
  repository = local.chart.source
  chart      = "valkey"
  version    = local.chart.version

  values = [yamlencode(local.values)]

  atomic          = true
  cleanup_on_fail = true
  wait            = true
  timeout         = 300
  max_history     = 5
}

resource "kubernetes_service_v1" "metrics" {
  metadata {
    name      = "redis-metrics"
    namespace = var.namespace
  }

  spec {
    selector   = { "app.kubernetes.io/name" = "valkey", "app.kubernetes.io/instance" = "redis" }
    cluster_ip = "None"

    port {
      name        = "https-metrics"
      port        = 9121
      target_port = "9121"
    }
  }
}
