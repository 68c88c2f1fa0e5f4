# What the chart is given. Its `grafana.ini` takes every section of Grafana's.

locals {
  secrets = { oidc = var.secrets.oidc, session = var.secrets.session, pagerduty = var.secrets.pagerduty, database = var.database.secret_name }

  values = {
    replicas = var.sizing.replicas

    resources = {
      requests = { cpu = var.sizing.cpu, memory = var.sizing.memory }
      limits   = { memory = var.sizing.memory }
    }

    image         = local.image
    "grafana.ini" = local.ini
    alerting      = { "contactpoints.yaml" = local.contact_points }

    # The chart makes an admin's password otherwise, and keeps it in a secret.
    env         = { GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION = "true" }
    persistence = { enabled = false }

    service = {
      type       = "ClusterIP"
      port       = 3000
      targetPort = 3000
      portName   = "https"
    }

    # kubelet takes any certificate and shows none: Grafana is for people, who have none either.
    readinessProbe = { httpGet = { path = "/api/health", port = 3000, scheme = "HTTPS" } }
    livenessProbe  = { httpGet = { path = "/api/health", port = 3000, scheme = "HTTPS" }, initialDelaySeconds = 60, timeoutSeconds = 10, failureThreshold = 10 }

    extraSecretMounts = [
      for name, secret in local.secrets : {
        name        = name
        secretName  = secret
        mountPath   = "${local.keys}/${name}"
        defaultMode = 288 # 0440: the group is Grafana's
        readOnly    = true
      }
    ]

    extraVolumes      = module.mtls.volumes
    extraVolumeMounts = module.mtls.mounts
    extraContainers   = yamlencode(module.mtls.containers) # the chart takes text

    serviceAccount = {
      create                       = true
      name                         = "grafana"
      automountServiceAccountToken = false
    }
    automountServiceAccountToken = false
    rbac                         = { create = false, namespaced = true }

    securityContext = { runAsNonRoot = true, runAsUser = 472, runAsGroup = 472, fsGroup = 472 }

    containerSecurityContext = {
      allowPrivilegeEscalation = false
      privileged               = false
      capabilities             = { drop = ["ALL"] }
      seccompProfile           = { type = "RuntimeDefault" }
    }

    podDisruptionBudget = { maxUnavailable = 1 }
    deploymentStrategy  = { type = "RollingUpdate" }
    nodeSelector        = var.scheduling.node_selector
    tolerations         = var.scheduling.tolerations

    topologySpreadConstraints = [{
      maxSkew           = 1
      topologyKey       = "topology.kubernetes.io/zone"
      whenUnsatisfiable = "DoNotSchedule"
      labelSelector     = { matchLabels = { "app.kubernetes.io/name" = "grafana", "app.kubernetes.io/instance" = "grafana" } }
    }]

    # Prometheus shows its own certificate (its default scrape class); this is the name that it must find in ours.
    serviceMonitor = { enabled = true, scheme = "https", tlsConfig = { serverName = var.tls.server_name } }

    initChownData = { enabled = false }
    testFramework = { enabled = false }
    imageRenderer = { enabled = false }
    ingress       = { enabled = false }
    ldap          = { enabled = false }

    # Dashboards come through the API, from the content root: no container here fetches or copies any.
    dashboards = {}
    sidecar    = { for part in ["alerts", "dashboards", "datasources", "notifiers", "plugins"] : part => { enabled = false } }
  }
}
