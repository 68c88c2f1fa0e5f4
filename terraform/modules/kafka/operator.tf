locals {
  image = regex("^(?P<registry>[^/]+)/(?P<repository>[^/]+)/operator:(?P<tag>.+)$", jsondecode(file("${path.module}/../images.json"))["strimzi"])

  operator_labels = { "name" = "strimzi-cluster-operator" }

  restricted = {
    allowPrivilegeEscalation = false
    capabilities             = { drop = ["ALL"] }
    readOnlyRootFilesystem   = true
    runAsNonRoot             = true
    seccompProfile           = { type = "RuntimeDefault" }
  }

  operator_values = {
    replicas       = local.replicas["operator"]
    leaderElection = { enable = true }

    # Of the operator; the images of brokers and of what else it runs bear its tag and a version of Kafka that it knows.
    defaultImageRegistry   = local.image.registry
    defaultImageRepository = local.image.repository
    defaultImageTag        = local.image.tag

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
    topologySpreadConstraints = [merge(local.domains["operator"], {
      maxSkew           = 1
      topologyKey       = "topology.kubernetes.io/zone"
      whenUnsatisfiable = "DoNotSchedule"
      labelSelector     = { matchLabels = local.operator_labels }
    })]
    resources = {
      requests = { cpu = "200m", memory = "384Mi" }
      limits   = { memory = "384Mi" }
    }
    podSecurityContext = { runAsNonRoot = true, seccompProfile = { type = "RuntimeDefault" } }
    securityContext    = local.restricted
    dashboards         = { enabled = false }
  }
}
