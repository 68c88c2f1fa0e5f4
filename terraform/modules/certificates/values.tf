locals {
  # One pod a zone where there are zones enough; with a zone away the others still make room for what is left.
  spread = {
    for component in ["controller", "cainjector", "webhook"] : component => [{
      maxSkew           = 1
      minDomains        = length(distinct(var.zones))
      topologyKey       = "topology.kubernetes.io/zone"
      whenUnsatisfiable = "DoNotSchedule"
      labelSelector     = { matchLabels = { "app.kubernetes.io/instance" = "cert-manager", "app.kubernetes.io/component" = component } }
    }]
  }

  pods = {
    replicaCount = var.sizing.replicas
    tolerations  = [for toleration in var.scheduling.tolerations : { for key, value in toleration : key => value if value != null }]
    resources = {
      requests = { cpu = var.sizing.cpu, memory = var.sizing.memory }
      limits   = { memory = var.sizing.memory }
    }
    securityContext = { runAsNonRoot = true, seccompProfile = { type = "RuntimeDefault" } }
    containerSecurityContext = {
      allowPrivilegeEscalation = false
      capabilities             = { drop = ["ALL"] }
      readOnlyRootFilesystem   = true
    }
    podDisruptionBudget = { enabled = true }

    # Metrics come without client certificates, so they stay within the pod. Expiry is watched where it matters: the blackbox exporter
    # reads the certificate that each listener really shows.
    extraArgs = ["--metrics-listen-address=127.0.0.1:9402"]
  }

  # The chart's version is its application's.
  image = { image = { tag = local.chart.version } }

  values = merge(local.pods, local.image, {
    global = {
      priorityClassName = var.priority_class
      nodeSelector      = var.scheduling.node_selector
      leaderElection    = { namespace = var.namespace }
    }
    crds = { enabled = true, keep = true }

    prometheus                = { enabled = false }
    topologySpreadConstraints = local.spread["controller"]

    # The secret goes with its certificate: a component that is removed leaves no key behind.
    enableCertificateOwnerRef = true

    cainjector = merge(local.pods, local.image, { topologySpreadConstraints = local.spread["cainjector"] })
    webhook    = merge(local.pods, local.image, { topologySpreadConstraints = local.spread["webhook"], securePort = 10250, timeoutSeconds = 10 })

    acmesolver = local.image

    startupapicheck = merge(local.image, {
      enabled     = true
      tolerations = local.pods.tolerations
      resources   = local.pods.resources
    })
  })
}
