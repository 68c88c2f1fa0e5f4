# What the chart is given. Parts that we do not run are switched off by name.

locals {
  resources = {
    for part, size in var.sizing : part => {
      requests = { cpu = size.cpu, memory = size.memory }
      limits   = { memory = size.memory }
    }
  }

  # As many in every zone as can be: never two more here than there.
  spread = {
    for part in ["distributor", "querier", "query-frontend", "query-scheduler", "index-gateway"] : part => [{
      maxSkew           = 1
      topologyKey       = "topology.kubernetes.io/zone"
      whenUnsatisfiable = "DoNotSchedule"
      labelSelector     = { matchLabels = { "app.kubernetes.io/name" = "loki", "app.kubernetes.io/instance" = "loki", "app.kubernetes.io/component" = part } }
    }]
  }

  budget = { enabled = true, maxUnavailable = 1 }

  # StatefulSets are changed by an upgrade, never by a job of the chart that deletes them.
  kept = { enabled = false }
  idle = { replicas = 0, statefulSetRecreateJob = local.kept }

  claims = {
    for part, size in { ingester = var.sizing.ingester, compactor = var.sizing.compactor } : part => {
      enabled                    = true
      claims                     = [{ name = "data", accessModes = ["ReadWriteOnce"], size = "${size.storage_gb}Gi" }]
    }
  }

  zones = {
    for index, name in ["zoneA", "zoneB", "zoneC"] : name => {
      nodeSelector = merge(var.scheduling.node_selector, { "topology.kubernetes.io/zone" = var.zones[index] })
    }
  }

  health = { httpGet = { path = "/ready", port = 3101 } }

  values = {
    deploymentMode   = "Distributed"
    fullnameOverride = "loki"
    global           = { priorityClassName = var.priority_class }

    loki = {
      image            = local.image
      config           = "{}" # nothing generated: structuredConfig is all of it
      structuredConfig = local.loki_config
      auth_enabled     = false
      server           = { http_listen_port = 3100, grpc_listen_port = 9095 }
      storage          = { type = local.store, use_thanos_objstore = true }
      useTestSchema    = false

      podSecurityContext = {
        fsGroup        = 10001
        runAsGroup     = 10001
        runAsUser      = 10001
        runAsNonRoot   = true
        seccompProfile = { type = "RuntimeDefault" }
      }

      containerSecurityContext = {
        allowPrivilegeEscalation = false
        readOnlyRootFilesystem   = true
        capabilities             = { drop = ["ALL"] }
        seccompProfile           = { type = "RuntimeDefault" }
      }

      readinessProbe = local.health
      livenessProbe  = merge(local.health, { failureThreshold = 10, periodSeconds = 30 })
      startupProbe   = merge(local.health, { failureThreshold = 90, periodSeconds = 10 }) # an ingester reads its write-ahead log first
    }

    defaults = {
      automountServiceAccountToken = false
      nodeSelector                 = var.scheduling.node_selector
      tolerations                  = var.scheduling.tolerations
      extraVolumes                 = module.tls.volumes
      extraVolumeMounts            = module.tls.mounts
      extraEnv                     = [{ name = "POD_IP", valueFrom = { fieldRef = { fieldPath = "status.podIP" } } }]
    }

    serviceAccount = {
      create                       = true
      name                         = var.identity.service_account
      annotations                  = var.identity.annotations
      automountServiceAccountToken = false
    }

    distributor = {
      replicas                  = var.sizing.distributor.replicas
      resources                 = local.resources["distributor"]
      extraContainers           = module.tls.containers
      topologySpreadConstraints = local.spread["distributor"]
      podDisruptionBudget       = local.budget
    }

    ingester = {
      statefulSetRecreateJob = local.kept
      replicas               = var.sizing.ingester.replicas
      resources              = local.resources["ingester"]
      extraContainers        = module.tls.containers
      persistence            = local.claims["ingester"]
      podDisruptionBudget    = local.budget
      zoneAwareReplication   = merge(local.zones, { enabled = true })
      # Long enough to flush what is in memory.
      terminationGracePeriodSeconds = 600
    }

    querier = {
      replicas                  = var.sizing.querier.replicas
      resources                 = local.resources["querier"]
      extraContainers           = module.tls.containers
      topologySpreadConstraints = local.spread["querier"]
      podDisruptionBudget       = local.budget
    }

    queryFrontend = {
      replicas                  = var.sizing.query_frontend.replicas
      resources                 = local.resources["query_frontend"]
      extraContainers           = module.tls.containers
      topologySpreadConstraints = local.spread["query-frontend"]
      podDisruptionBudget       = local.budget
    }

    queryScheduler = {
      enabled                   = true
      replicas                  = var.sizing.query_scheduler.replicas
      resources                 = local.resources["query_scheduler"]
      extraContainers           = module.tls.containers
      topologySpreadConstraints = local.spread["query-scheduler"]
      podDisruptionBudget       = local.budget
    }

    indexGateway = {
      statefulSetRecreateJob    = local.kept
      enabled                   = true
      replicas                  = var.sizing.index_gateway.replicas
      resources                 = local.resources["index_gateway"]
      extraContainers           = module.tls.containers
      persistence               = { enabled = true, size = "${var.sizing.index_gateway.storage_gb}Gi" }
      topologySpreadConstraints = local.spread["index-gateway"]
      podDisruptionBudget       = local.budget
    }

    # One, ever: two would delete each other's work. Nothing waits for it.
    compactor = {
      statefulSetRecreateJob = local.kept
      replicas               = 1
      resources              = local.resources["compactor"]
      extraContainers        = module.tls.containers
      persistence            = local.claims["compactor"]
    }

    # Ingesters of one zone at a time are replaced, which a StatefulSet of each zone cannot know by itself.
    # Its webhooks could only refuse that they are scaled down, and are one more listener without client certificates.
    rollout_operator = {
      enabled      = true
      webhooks     = { enabled = false }
      nodeSelector = var.scheduling.node_selector
      tolerations  = var.scheduling.tolerations
    }

    # Prometheus shows its own certificate (its default scrape class); this is the name that it must find in ours.
    monitoring = {
      serviceMonitor = { enabled = true, scheme = "https", tlsConfig = { serverName = var.tls.server_name } }
    }

    # No part of this deployment: Grafana evaluates LogQL alerts, callers reach distributors and front ends themselves, caches are in
    # the processes (memcached speaks plain TCP).
    bloomBuilder    = local.idle
    bloomGateway    = local.idle
    bloomPlanner    = local.idle
    patternIngester = local.idle
    backend         = local.idle
    read            = { replicas = 0 }
    write           = local.idle
    singleBinary    = local.idle
    ruler           = merge(local.idle, { enabled = false })
    gateway         = { enabled = false }
    chunksCache     = { enabled = false }
    resultsCache    = { enabled = false }
    lokiCanary      = { enabled = false }
    minio           = { enabled = false }
    test            = { enabled = false }
    sidecar         = { rules = { enabled = false } }
  }
}
