# The chart makes a service for its own ports only.
resource "kubernetes_service_v1" "heartbeat" {
  count = var.heartbeat == null ? 0 : 1

  metadata {
    name      = "collector-heartbeat"
    namespace = var.namespace
  }

  spec {
    selector = { "app.kubernetes.io/name" = "opentelemetry-collector", "app.kubernetes.io/instance" = "collector" }

    port {
      name        = "heartbeat"
      port        = 8088
      target_port = "8088"
      protocol    = "TCP"
    }
  }
}
