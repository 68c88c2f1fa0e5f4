locals {
  operator_labels = { "name" = "strimzi-cluster-operator" }

  restricted = {
    allowPrivilegeEscalation = false
    capabilities             = { drop = ["ALL"] }
    readOnlyRootFilesystem   = true
    runAsNonRoot             = true
    seccompProfile           = { type = "RuntimeDefault" }
  }

  operator_values = {
    replicas       = 2
    leaderElection = { enable = true }

    # Its own namespace only. Network policies are module namespace-baseline's.
    watchNamespaces             = []
    watchAnyNamespace           = false
    generateNetworkPolicy       = false
    generatePodDisruptionBudget = true
    podDisruptionBudget         = { enabled = true, minAvailable = 1 }

    # The pods that it makes fit Pod Security `restricted`.
    extraEnvs = [{ name = "STRIMZI_POD_SECURITY_PROVIDER_CLASS", value = "restricted" }]

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
      requests = { cpu = "200m", memory = "384Mi" }
      limits   = { memory = "384Mi" }
    }
    podSecurityContext = { runAsNonRoot = true, seccompProfile = { type = "RuntimeDefault" } }
    securityContext    = local.restricted
    dashboards         = { enabled = false }
  }
}
