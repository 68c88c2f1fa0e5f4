locals {
  grpc_server = [
    "--grpc-server-tls-cert=${local.files.cert}",
    "--grpc-server-tls-key=${local.files.key}",
    "--grpc-server-tls-client-ca=${local.files.ca}",
  ]

  http_server = ["--http.config=/etc/thanos-web/web.yml"]

  pod_security = {
    runAsNonRoot   = true
    runAsUser      = 1001
    runAsGroup     = 1001
    fsGroup        = 1001
    seccompProfile = { type = "RuntimeDefault" }
  }

  # kubelet cannot show a certificate: readiness is the sidecar's.
  no_probes = { for probe in ["liveness", "readiness", "startup"] : probe => { enabled = false } }

  replicas = {
    receive        = var.sizing.receive.replicas
    query          = var.sizing.query.replicas
    query-frontend = var.sizing.query_frontend.replicas
    storegateway   = var.sizing.store.replicas
    compactor      = 1
    ruler          = var.sizing.ruler.replicas
  }

  # With no more pods than zones each zone has one, also while there is no node in it. With more, those of a lost zone find room elsewhere.
  domains = { for part, replicas in local.replicas : part => { for zones in [length(distinct(var.zones))] : "minDomains" => zones if replicas <= zones } }

  parts = { for part in ["receive", "query", "query-frontend", "storegateway", "compactor", "ruler"] : part => {
    probes             = local.no_probes
    podSecurityContext = local.pod_security
    extraContainers    = part == "ruler" ? [for container in module.ruler_sidecar.containers : jsonencode(container)] : [for container in module.sidecar.containers : jsonencode(container)]
    topologySpreadConstraints = [merge(local.domains[part], {
      maxSkew           = 1
      topologyKey       = "topology.kubernetes.io/zone"
      whenUnsatisfiable = "DoNotSchedule"
      labelSelector     = { matchLabels = { "app.kubernetes.io/instance" = "thanos", "app.kubernetes.io/component" = part } }
    })]
  } }

  common = {
    for name, part in local.parts : name => merge(part, { extraContainers = [for container in part.extraContainers : jsondecode(container)] })
  }

  resources = {
    for name, part in var.sizing : name => { requests = { cpu = part.cpu, memory = part.memory }, limits = { memory = part.memory } }
  }

  pdb = { enabled = true, maxUnavailable = "1" }

  values = {
    fullnameOverride = "thanos"

    global = {
      image              = local.image
      nodeSelector       = var.scheduling.node_selector
      tolerations        = var.scheduling.tolerations
      priorityClassName  = var.priority_class
      podSecurityContext = local.pod_security
      containerSecurityContext = {
        allowPrivilegeEscalation = false
        readOnlyRootFilesystem   = true
        runAsNonRoot             = true
        capabilities             = { drop = ["ALL"] }
      }

      serviceAccount = {
        create       = true
        perComponent = false
        name         = var.identity.service_account
        annotations  = var.identity.annotations
      }

      objstore = { createSecret = true, secretName = "thanos-objstore", secretKey = "objstore.yml", config = yamlencode(local.objstore_config) }

      extraVolumes      = concat(module.sidecar.volumes, [{ name = "web", configMap = { name = kubernetes_config_map_v1.web.metadata[0].name } }])
      extraVolumeMounts = concat(module.sidecar.mounts, [{ name = "web", mountPath = "/etc/thanos-web", readOnly = true }])

      # The certificate that is shown comes from Prometheus' scrape class.
      serviceMonitor = { enabled = true, scheme = "https", tlsConfig = { serverName = var.tls.server_name } }

      # Ours are generated from SLOs; flows are module namespace-baseline's.
      thanosRules     = { enabled = false }
      networkPolicies = false
    }

    receive = merge(local.common["receive"], {
      enabled      = true
      replicaCount = var.sizing.receive.replicas
      resources    = local.resources["receive"]
      pdb          = local.pdb
      service      = { grpcPort = local.ports.grpc, httpPort = local.ports.http, remoteWritePort = local.ports.remote_write }
      hashrings    = { autogen = { enabled = true, name = "default" } }
      tsdb         = { retention = "4h", walCompression = true }
      persistence  = { enabled = true, size = "${var.sizing.receive.storage_gb}Gi" }
      extraArgs = concat(local.http_server, local.grpc_server, [
        "--receive.replication-factor=3",
        "--receive.limits-config=${jsonencode(local.limits_config)}",
        "--tsdb.max-exemplars=100000",
        "--remote-write.server-tls-cert=${local.files.cert}",
        "--remote-write.server-tls-key=${local.files.key}",
        "--remote-write.server-tls-client-ca=${local.files.ca}",
        "--remote-write.client-tls-secure",
        "--remote-write.client-tls-cert=${local.files.cert}",
        "--remote-write.client-tls-key=${local.files.key}",
        "--remote-write.client-tls-ca=${local.files.ca}",
        "--remote-write.client-server-name=${var.tls.server_name}",
      ])
    })

    query = merge(local.common["query"], {
      enabled       = true
      replicaCount  = var.sizing.query.replicas
      resources     = local.resources["query"]
      pdb           = local.pdb
      service       = { grpcPort = local.ports.grpc, httpPort = local.ports.http }
      replicaLabels = ["prometheus_replica", "receive_replica", "ruler_replica", "replica"]
      endpoints     = { autogen = { enabled = false } }
      extraArgs     = concat(local.http_server, local.grpc_server, ["--endpoint.sd-config=${jsonencode(local.endpoints_config)}"])
    })

    queryFrontend = merge(local.common["query-frontend"], {
      enabled       = true
      replicaCount  = var.sizing.query_frontend.replicas
      resources     = local.resources["query_frontend"]
      pdb           = local.pdb
      service       = { port = local.ports.http }
      downstreamUrl = "https://${local.hosts.query}:${local.ports.http}"
      cacheConfig   = yamlencode(local.cache_config)
      extraArgs     = concat(local.http_server, ["--query-frontend.downstream-tripper-config=${jsonencode(local.tripper_config)}"])
    })

    storegateway = merge(local.common["storegateway"], {
      enabled      = true
      replicaCount = var.sizing.store.replicas
      resources    = local.resources["store"]
      pdb          = local.pdb
      service      = { grpcPort = local.ports.grpc, httpPort = local.ports.http }
      persistence  = { enabled = true, size = "${var.sizing.store.storage_gb}Gi" }
      extraArgs    = concat(local.http_server, local.grpc_server)
    })

    # One at a time: two compactors on a bucket destroy it. Nothing waits for it.
    compactor = merge(local.common["compactor"], {
      enabled      = true
      replicaCount = 1
      resources    = local.resources["compactor"]
      service      = { port = local.ports.http }
      persistence  = { enabled = true, size = "${var.sizing.compactor.storage_gb}Gi" }
      retention = {
        resolutionRaw = "${var.retention_days.raw}d"
        resolution5m  = "${var.retention_days.five_minutes}d"
        resolution1h  = "${var.retention_days.hour}d"
      }
      # The three copies that receivers upload become one.
      extraArgs = concat(local.http_server, ["--compact.enable-vertical-compaction", "--deduplication.replica-label=receive_replica"])
    })

    ruler = merge(local.common["ruler"], {
      enabled                   = true
      replicaCount              = var.sizing.ruler.replicas
      resources                 = local.resources["ruler"]
      pdb                       = local.pdb
      service                   = { grpcPort = local.ports.grpc, httpPort = local.ports.http }
      persistence               = { enabled = true, size = "${var.sizing.ruler.storage_gb}Gi" }
      query                     = { urls = ["http://127.0.0.1:${local.ports.tunnel}"] }
      alertmanagers             = { config = yamlencode(local.alertmanagers_config) }
      autoImportPrometheusRules = { enabled = false }
      # The chart's example is taken out.
      rules     = merge({ "example-alerts.yaml" = null }, var.rules)
      extraArgs = concat(local.http_server, local.grpc_server)
    })

    bucket                  = { enabled = false }
    rustfs                  = { enabled = false }
    "kube-prometheus-stack" = { enabled = false }
  }
}
