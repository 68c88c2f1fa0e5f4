# What the chart is given. `alternateConfig` is the whole configuration; the chart's own is not merged in.

locals {
  security = {
    allowPrivilegeEscalation = false
    readOnlyRootFilesystem   = true
    capabilities             = { drop = ["ALL"] }
    seccompProfile           = { type = "RuntimeDefault" }
  }

  # Ports that the chart would open by itself.
  closed = { for port in ["jaeger-compact", "jaeger-grpc", "jaeger-thrift", "zipkin", "otlp-http", "metrics"] : port => { enabled = false } }

  probe = { httpGet = { path = "/", port = 13133 } }

  common = {
    image                           = { repository = local.image.repository, tag = local.image.tag }
    command                         = { name = "otelcol-contrib" }
    livenessProbe                   = local.probe
    readinessProbe                  = local.probe
    rewriteDeprecatedComponentNames = false
  }

  collector_values = merge(local.common, {
    mode             = "deployment"
    fullnameOverride = "collector"
    alternateConfig  = local.collector_config
    replicaCount     = var.sizing.collector.replicas
    resources = {
      requests = { cpu = var.sizing.collector.cpu, memory = var.sizing.collector.memory }
      limits   = { memory = var.sizing.collector.memory }
    }

    ports = merge(local.closed, {
      otlp = { enabled = true, containerPort = 4317, servicePort = 4317 }
    })

    serviceAccount = { create = true, name = var.identity.service_account, annotations = var.identity.annotations }

    # To name the pod behind an address.
    clusterRole = {
      create = true
      name   = "collector"
      rules = [
        { apiGroups = [""], resources = ["pods", "namespaces"], verbs = ["get", "list", "watch"] },
        { apiGroups = ["apps"], resources = ["replicasets"], verbs = ["get", "list", "watch"] },
      ]
      clusterRoleBinding = { name = "collector" }
    }

    extraVolumes      = module.tls["collector"].volumes
    extraVolumeMounts = module.tls["collector"].mounts

    podSecurityContext = { runAsNonRoot = true, runAsUser = 10001, runAsGroup = 10001, fsGroup = 10001, seccompProfile = { type = "RuntimeDefault" } }
    securityContext    = local.security

    nodeSelector      = var.scheduling.node_selector
    tolerations       = var.scheduling.tolerations
    priorityClassName = var.priority_class

    topologySpreadConstraints = [{
      maxSkew           = 1
      topologyKey       = "topology.kubernetes.io/zone"
      whenUnsatisfiable = "DoNotSchedule"
      labelSelector     = { matchLabels = { "app.kubernetes.io/name" = "opentelemetry-collector", "app.kubernetes.io/instance" = "collector" } }
    }]
  })

  agent_values = merge(local.common, {
    mode             = "daemonset"
    fullnameOverride = "log-agent"
    alternateConfig  = local.agent_config
    resources = {
      requests = { cpu = var.sizing.agent.cpu, memory = var.sizing.agent.memory }
      limits   = { memory = var.sizing.agent.memory }
    }

    # It calls; nobody calls it.
    ports   = merge(local.closed, { otlp = { enabled = false } })
    service = { type = "ClusterIP" }

    serviceAccount = { create = true, name = "log-agent", automountServiceAccountToken = false }
    clusterRole    = { create = false }

    extraEnvs = [{ name = "K8S_NODE_NAME", valueFrom = { fieldRef = { fieldPath = "spec.nodeName" } } }]

    extraVolumes = concat(module.tls["agent"].volumes, [
      { name = "pod-logs", hostPath = { path = "/var/log/pods" } },
      { name = "state", hostPath = { path = "/var/lib/otelcol", type = "DirectoryOrCreate" } },
    ])

    extraVolumeMounts = concat(module.tls["agent"].mounts, [
      { name = "pod-logs", mountPath = "/var/log/pods", readOnly = true },
      { name = "state", mountPath = "/var/lib/otelcol" },
    ])

    # Root, because logs are root's, and with no capability but to read them.
    podSecurityContext = { runAsUser = 0, runAsGroup = 0, seccompProfile = { type = "RuntimeDefault" } }
    securityContext    = merge(local.security, { capabilities = { drop = ["ALL"], add = ["DAC_READ_SEARCH"] } })

    # On every node, monitoring or not.
    tolerations       = [{ operator = "Exists" }]
    priorityClassName = var.priority_class
  })
}
