locals {
  labels = { "app.kubernetes.io/name" = "external-secrets", "app.kubernetes.io/instance" = "external-secrets" }

  values = {
    image        = local.image
    replicaCount = var.sizing.replicas
    leaderElect  = true

    resources = {
      requests = { cpu = var.sizing.cpu, memory = var.sizing.memory }
      limits   = { memory = var.sizing.memory }
    }
    nodeSelector      = var.scheduling.node_selector
    tolerations       = [for toleration in var.scheduling.tolerations : { for key, value in toleration : key => value if value != null }]
    priorityClassName = var.priority_class
    topologySpreadConstraints = [{
      maxSkew           = 1
      minDomains        = length(distinct(var.zones))
      topologyKey       = "topology.kubernetes.io/zone"
      whenUnsatisfiable = "DoNotSchedule"
      labelSelector     = { matchLabels = local.labels }
    }]
    podDisruptionBudget = { enabled = true, minAvailable = 1 }

    # The group reads the sidecar's certificate.
    podSecurityContext = { enabled = true, fsGroup = 65534 }
    securityContext = {
      enabled                  = true
      allowPrivilegeEscalation = false
      capabilities             = { drop = ["ALL"] }
      readOnlyRootFilesystem   = true
      runAsNonRoot             = true
      runAsUser                = 65534
      seccompProfile           = { type = "RuntimeDefault" }
    }

    # Metrics are on loopback; the sidecar asks for a client certificate before it passes anybody on.
    metrics         = { listen = { port = 8080 }, service = { enabled = false } }
    extraArgs       = { "metrics-addr" = "127.0.0.1:8080" }
    extraContainers = module.sidecar.containers
    extraVolumes    = module.sidecar.volumes
    livenessProbe   = { enabled = true }

    serviceAccount = { create = true, name = "external-secrets" }

    # No webhook: it would be one more listener without client certificates, and a wrong object shows in its status as well.
    webhook        = { create = false }
    certController = { create = false }
    crds           = { conversion = { enabled = false }, createClusterExternalSecret = false, createClusterSecretStore = false, createClusterPushSecret = false, createPushSecret = false, createClusterGenerator = false }

    # What is not used is off: nothing that reaches over namespaces, nothing that writes into Vault.
    processClusterExternalSecret = false
    processClusterStore          = false
    processClusterPushSecret     = false
    processPushSecret            = false
    processClusterGenerator      = false
  }
}
