locals {
  operator_labels = { "app.kubernetes.io/name" = "cloudnative-pg", "app.kubernetes.io/instance" = "cloudnative-pg" }

  operator_values = {
    replicaCount = 2

    # Its own metrics ask nobody for a certificate; kubelet asks the webhook's port.
    additionalArgs = ["--metrics-bind-address=127.0.0.1:8080"]

    config = { create = true, clusterWide = false }

    nodeSelector      = var.scheduling.node_selector
    tolerations       = var.scheduling.tolerations
    priorityClassName = var.priority_class
    topologySpreadConstraints = [{
      maxSkew           = 1
      topologyKey       = "topology.kubernetes.io/zone"
      whenUnsatisfiable = "DoNotSchedule"
      labelSelector     = { matchLabels = local.operator_labels }
    }]
    resources = {
      requests = { cpu = "100m", memory = "256Mi" }
      limits   = { memory = "512Mi" }
    }
    podSecurityContext = { runAsNonRoot = true, seccompProfile = { type = "RuntimeDefault" } }
    containerSecurityContext = {
      allowPrivilegeEscalation = false
      capabilities             = { drop = ["ALL"] }
      readOnlyRootFilesystem   = true
      runAsUser                = 10001
      runAsGroup               = 10001
      seccompProfile           = { type = "RuntimeDefault" }
    }
    image          = regex("^(?P<repository>[^:]+):(?P<tag>.+)$", local.images["cloudnative-pg"])
    serviceAccount = { create = true, name = "cloudnative-pg" }
    webhook        = { port = 9443, mutating = { create = true, failurePolicy = "Fail" }, validating = { create = true, failurePolicy = "Fail" } }
    monitoring     = { podMonitorEnabled = false }
  }
}
