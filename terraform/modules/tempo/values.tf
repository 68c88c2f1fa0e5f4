# What the chart is given. Values that are null take a default of the chart away.

locals {
  resources = {
    for part, size in var.sizing : part => {
      requests = { cpu = size.cpu, memory = size.memory }
      limits   = { memory = size.memory }
    }
  }

  # The chart takes these as text. As many in every zone as can be: never two more here than there.
  spread = {
    for part in ["distributor", "live-store", "block-builder", "querier", "query-frontend", "metrics-generator", "backend-worker"] : part => yamlencode([{
      maxSkew           = 1
      topologyKey       = "topology.kubernetes.io/zone"
      whenUnsatisfiable = "DoNotSchedule"
      labelSelector     = { matchLabels = { "app.kubernetes.io/name" = "tempo", "app.kubernetes.io/instance" = "tempo", "app.kubernetes.io/component" = part } }
    }])
  }

  # One that is being moved, not more.
  budget = { podDisruptionBudget = { enabled = true }, maxUnavailable = 1 }

  health = { httpGet = { path = "/ready", port = 3101 } }

  values = {
    fullnameOverride     = "tempo"
    reportingEnabled     = false
    multitenancyEnabled  = false
    config               = "{}" # nothing generated: structuredConfig is all of it
    per_tenant_overrides = {}
    global               = { priorityClassName = var.priority_class }

    tempo = {
      image              = local.image
      structuredConfig   = local.tempo_config
      podSecurityContext = null # defaults below, which name a seccomp profile
      securityContext    = null
      readinessProbe     = merge(local.health, { periodSeconds = 10 })
      livenessProbe      = merge(local.health, { initialDelaySeconds = 300, periodSeconds = 30, failureThreshold = 10 })
    }

    defaults = {
      nodeSelector      = var.scheduling.node_selector
      tolerations       = var.scheduling.tolerations
      extraVolumes      = module.mtls.volumes
      extraVolumeMounts = module.mtls.mounts
      extraEnv          = [{ name = "POD_IP", valueFrom = { fieldRef = { fieldPath = "status.podIP" } } }]
      # The port by flag: from the configuration the chart would take it for that of the service, which is the relay's.
      extraArgs = ["-config.expand-env=true", "-memberlist.bind-port=7947"]

      podSecurityContext = {
        fsGroup        = 10001
        runAsUser      = 10001
        runAsGroup     = 10001
        runAsNonRoot   = true
        seccompProfile = { type = "RuntimeDefault" }
      }

      containerSecurityContext = {
        allowPrivilegeEscalation = false
        readOnlyRootFilesystem   = true
        runAsNonRoot             = true
        capabilities             = { drop = ["ALL"] }
        seccompProfile           = { type = "RuntimeDefault" }
      }
    }

    serviceAccount = {
      create                       = true
      name                         = var.identity.service_account
      annotations                  = var.identity.annotations
      automountServiceAccountToken = false
    }

    # The ports of pods and services; how they listen is in tempo_config.
    traces = { otlp = { grpc = { enabled = true } } }

    distributor = merge(local.budget, {
      replicas                  = var.sizing.distributor.replicas
      resources                 = local.resources["distributor"]
      topologySpreadConstraints = local.spread["distributor"]
      extraContainers           = concat(module.mtls.containers, module.kafka.containers)
    })

    # One a partition: each reads its own.
    liveStore = merge(local.budget, {
      enabled                   = true
      replicas                  = var.kafka.partitions
      resources                 = local.resources["live_store"]
      topologySpreadConstraints = local.spread["live-store"]
      extraContainers           = concat(module.mtls.containers, module.kafka.containers)
    })

    blockBuilder = merge(local.budget, {
      enabled                   = true
      replicas                  = var.kafka.partitions
      resources                 = local.resources["block_builder"]
      topologySpreadConstraints = local.spread["block-builder"]
      extraContainers           = concat(module.mtls.containers, module.kafka.containers)
    })

    metricsGenerator = merge(local.budget, {
      enabled                   = true
      kind                      = "StatefulSet"
      replicas                  = var.sizing.metrics_generator.replicas
      resources                 = local.resources["metrics_generator"]
      persistence               = { enabled = true, size = "${var.sizing.metrics_generator.storage_gb}Gi" }
      topologySpreadConstraints = local.spread["metrics-generator"]
      extraContainers           = concat(module.mtls.containers, module.kafka.containers)
    })

    querier = merge(local.budget, {
      replicas                  = var.sizing.querier.replicas
      resources                 = local.resources["querier"]
      extraContainers           = module.mtls.containers
      topologySpreadConstraints = local.spread["querier"]
    })

    queryFrontend = merge(local.budget, {
      replicas                  = var.sizing.query_frontend.replicas
      resources                 = local.resources["query_frontend"]
      extraContainers           = module.mtls.containers
      topologySpreadConstraints = local.spread["query-frontend"]
    })

    # One, ever. While it is away nothing is compacted or deleted, and nobody waits.
    backendScheduler = {
      enabled         = true
      resources       = local.resources["backend_scheduler"]
      extraContainers = module.mtls.containers
      persistence     = { enabled = true, size = "${var.sizing.backend_scheduler.storage_gb}Gi" }
    }

    backendWorker = {
      replicas                  = var.sizing.backend_worker.replicas
      resources                 = local.resources["backend_worker"]
      extraContainers           = module.mtls.containers
      topologySpreadConstraints = local.spread["backend-worker"]
    }

    # Prometheus shows its own certificate (its default scrape class); this is the name that it must find in ours.
    metaMonitoring = {
      serviceMonitor = { enabled = true, scheme = "https", tlsConfig = { serverName = var.tls.server_name } }
    }

    # memcached speaks plain TCP; callers reach distributors and front ends themselves.
    memcached         = { enabled = false }
    gateway           = { enabled = false }
    memcachedExporter = { enabled = false }
    rollout_operator  = { enabled = false }
    enterprise        = { enabled = false }
    provisioner       = { enabled = false }
  }
}
