locals {
  # What is reachable, and what is on loopback behind it.
  ports = { https = 8443, insert = 8400, select = 8401, status = 8444 }

  loopback = { insert = 18480, select = 18481, storage = 18482, storage_insert = 18400, storage_select = 18401 }

  images   = jsondecode(file("${path.module}/../images.json"))
  image    = { for part in ["vminsert", "vmselect", "vmstorage"] : part => regex("^(?P<registry>[^/]+)/(?P<repository>[^:]+):(?P<tag>.+)$", local.images[part]) }
  replicas = range(var.sizing.storage.replicas)

  # A tunnel to each storage node from each of the others' pods: ports 20000 and up for writes, 21000 and up for reads.
  storage_clients = {
    for side, first in { insert = 20000, select = 21000 } : side => {
      for node in local.replicas : "storage-${node}" => {
        port        = first + node
        target      = "vmstorage-${node}.vmstorage.${var.namespace}.svc:${local.ports[side]}"
        server_name = var.tls.server_name
      }
    }
  }

  storage_nodes = { for side, clients in local.storage_clients : side => [for client in values(clients) : "127.0.0.1:${client.port}"] }

  # Both Prometheus replicas send every series, under one name: of each five seconds one sample stays.
  dedup = "5s"

  placement = {
    nodeSelector      = var.scheduling.node_selector
    tolerations       = var.scheduling.tolerations
    priorityClassName = var.priority_class
  }

  security = {
    podSecurityContext = {
      enabled        = true
      runAsNonRoot   = true
      runAsUser      = 1000
      runAsGroup     = 1000
      fsGroup        = 1000
      seccompProfile = { type = "RuntimeDefault" }
    }
    securityContext = {
      enabled                  = true
      allowPrivilegeEscalation = false
      readOnlyRootFilesystem   = true
      runAsNonRoot             = true
      capabilities             = { drop = ["ALL"] }
    }
  }

  # kubelet asks the tunnel, which asks the application.
  probe = {
    readiness = { httpGet = { path = "/_status", port = local.ports.status, scheme = "HTTP" } }
    liveness  = { tcpSocket = { port = local.ports.status } }
  }

  # With no more pods than zones each has one of its own, also while there is no node in it.
  spread = {
    for part, sizing in { vminsert = var.sizing.insert, vmselect = var.sizing.select, vmstorage = var.sizing.storage } : part => [merge({
      maxSkew           = 1
      topologyKey       = "topology.kubernetes.io/zone"
      whenUnsatisfiable = "DoNotSchedule"
      labelSelector     = { matchLabels = { app = part, "app.kubernetes.io/instance" = "victoriametrics" } }
    }, { for zones in [length(distinct(var.zones))] : "minDomains" => zones if sizing.replicas <= zones })]
  }

  resources = {
    for name, part in var.sizing : name => { requests = { cpu = part.cpu, memory = part.memory }, limits = { memory = part.memory } }
  }

  https_port = [{ name = "https", port = local.ports.https, targetPort = local.ports.https }]

  backup_urls = { aws = "s3", gcp = "gs" }

  backup_container = {
    name  = "backup"
    image = local.images["vmbackup"]
    command = ["/bin/sh", "-c", join(" ", [
      "while true; do /vmbackup-prod -storageDataPath=/storage -snapshot.createURL=http://127.0.0.1:${local.loopback.storage}/snapshot/create",
      "-dst=${local.backup_urls[var.cloud]}://${var.bucket.name}/victoriametrics/$(POD_NAME)/latest; sleep 3600; done",
    ])]
    env             = [{ name = "POD_NAME", valueFrom = { fieldRef = { fieldPath = "metadata.name" } } }]
    securityContext = { allowPrivilegeEscalation = false, readOnlyRootFilesystem = true, runAsNonRoot = true, capabilities = { drop = ["ALL"] } }
    resources       = { requests = { cpu = "50m", memory = "128Mi" }, limits = { memory = "512Mi" } }
    volumeMounts    = [{ name = "vmstorage-volume", mountPath = "/storage" }]
  }

  values = {
    serviceAccount = { create = true, name = var.identity.service_account, annotations = var.identity.annotations, automountToken = false }

    vmauth = { enabled = false }

    vminsert = merge(local.placement, local.security, {
      enabled                    = true
      fullnameOverride           = "vminsert"
      image                      = local.image["vminsert"]
      replicaCount               = var.sizing.insert.replicas
      resources                  = local.resources["insert"]
      probe                      = local.probe
      topologySpreadConstraints  = local.spread["vminsert"]
      podDisruptionBudget        = { enabled = true, maxUnavailable = 1 }
      suppressStorageFQDNsRender = true
      extraContainers            = module.insert_sidecar.containers
      extraVolumes               = module.insert_sidecar.volumes
      service                    = { extraPorts = local.https_port }
      extraArgs = {
        httpListenAddr         = "127.0.0.1:${local.loopback.insert}"
        storageNode            = local.storage_nodes["insert"]
        replicationFactor      = 2
        maxLabelsPerTimeseries = var.limits.labels
      }
    })

    vmselect = merge(local.placement, local.security, {
      enabled                    = true
      mode                       = "deployment"
      fullnameOverride           = "vmselect"
      image                      = local.image["vmselect"]
      replicaCount               = var.sizing.select.replicas
      resources                  = local.resources["select"]
      probe                      = local.probe
      topologySpreadConstraints  = local.spread["vmselect"]
      podDisruptionBudget        = { enabled = true, maxUnavailable = 1 }
      suppressStorageFQDNsRender = true
      extraContainers            = module.select_sidecar.containers
      extraVolumes               = module.select_sidecar.volumes
      service                    = { extraPorts = local.https_port }
      extraArgs = {
        httpListenAddr               = "127.0.0.1:${local.loopback.select}"
        storageNode                  = local.storage_nodes["select"]
        replicationFactor            = 2
        "dedup.minScrapeInterval"    = local.dedup
        "search.denyPartialResponse" = true
      }
    })

    vmstorage = merge(local.placement, local.security, {
      enabled                   = true
      fullnameOverride          = "vmstorage"
      image                     = local.image["vmstorage"]
      vmbackupmanager           = { enabled = false }
      replicaCount              = var.sizing.storage.replicas
      resources                 = local.resources["storage"]
      probe                     = { readiness = local.probe.readiness }
      topologySpreadConstraints = local.spread["vmstorage"]
      podDisruptionBudget       = { enabled = true, maxUnavailable = 1 }
      retentionPeriod           = "${var.retention_days}d"
      persistentVolume          = { enabled = true, name = "vmstorage-volume", mountPath = "/storage", size = "${var.sizing.storage.storage_gb}Gi" }
      extraContainers           = concat(module.storage_sidecar.containers, [local.backup_container])
      extraVolumes              = module.storage_sidecar.volumes
      service                   = { vminsertPort = local.ports.insert, vmselectPort = local.ports.select, extraPorts = local.https_port }
      extraArgs = {
        httpListenAddr            = "127.0.0.1:${local.loopback.storage}"
        vminsertAddr              = "127.0.0.1:${local.loopback.storage_insert}"
        vmselectAddr              = "127.0.0.1:${local.loopback.storage_select}"
        "dedup.minScrapeInterval" = local.dedup
        "storage.maxHourlySeries" = var.limits.hourly_series
        "storage.maxDailySeries"  = var.limits.daily_series
      }
    })
  }
}
