locals {
  ports = {
    web    = 9443
    status = 9444
    grpc   = 10901
  }

  service_account = "prometheus"
  blackbox_host   = "prometheus-blackbox-exporter.${var.namespace}.svc"

  # The operator mounts secrets here.
  prometheus_keys   = "/etc/prometheus/secrets/${var.tls.prometheus.secret_name}"
  alertmanager_keys = "/etc/alertmanager/secrets/${var.tls.alertmanager.secret_name}"

  client_tls = {
    caFile   = "${local.prometheus_keys}/ca.crt"
    certFile = "${local.prometheus_keys}/tls.crt"
    keyFile  = "${local.prometheus_keys}/tls.key"
  }

  small = { requests = { cpu = "50m", memory = "128Mi" }, limits = { memory = "256Mi" } }

  pod_security = {
    runAsNonRoot   = true
    runAsUser      = 1000
    runAsGroup     = 2000
    fsGroup        = 2000
    seccompProfile = { type = "RuntimeDefault" }
  }

  replicas = {
    prometheus                   = var.sizing.prometheus.replicas
    alertmanager                 = var.sizing.alertmanager.replicas
    prometheus-blackbox-exporter = 2
    kube-state-metrics           = 1
  }

  # Each in a zone of its own, also while there is no node in it. With more pods than zones, those of a lost zone find room elsewhere.
  spread = {
    for name, replicas in local.replicas : name => [
      for key, domains in { "topology.kubernetes.io/zone" = length(distinct(var.zones)), "kubernetes.io/hostname" = replicas } : merge(
        {
          maxSkew           = 1
          topologyKey       = key
          whenUnsatisfiable = "DoNotSchedule"
          labelSelector     = { matchLabels = { "app.kubernetes.io/name" = name } }
        },
        { for least in [domains] : "minDomains" => least if replicas <= least },
      )
    ]
  }

  placement = {
    nodeSelector = var.scheduling.node_selector
    tolerations  = var.scheduling.tolerations
  }

  platform_alerts = jsondecode(file("${path.module}/../platform-alerts.json"))

  values = {
    fullnameOverride = "prometheus"

    # Of the chart's own alerts only those that alerts/platform-alerts.yaml keeps: few page, most are tickets, the rest is not loaded.
    defaultRules = local.platform_alerts.defaultRules
    customRules  = local.platform_alerts.customRules

    # Grafana and its dashboards are module grafana's. Clouds do not let their control planes be scraped.
    grafana               = { enabled = false }
    kubeControllerManager = { enabled = false }
    kubeEtcd              = { enabled = false }
    kubeProxy             = { enabled = false }
    kubeScheduler         = { enabled = false }
    windowsMonitoring     = { enabled = false }

    # Rules are evaluated by Prometheus and by Thanos' own ruler. Definitions of kinds are upgraded by a person, who has read what changes.
    thanosRuler = { enabled = false }
    crds        = { upgradeJob = { enabled = false } }

    prometheusOperator       = local.operator_values
    prometheus               = local.prometheus_values
    alertmanager             = local.alertmanager_values
    kube-state-metrics       = local.kube_state_metrics_values
    prometheus-node-exporter = local.node_exporter_values
  }

  # It is called by nobody: rules are checked by promtool before they get here, so its webhooks are off, and it answers on loopback.
  operator_values = merge(local.placement, {
    image                    = local.images["prometheus-operator"]
    prometheusConfigReloader = { image = local.images["prometheus-config-reloader"] }
    thanosImage              = local.images["thanos"]
    admissionWebhooks        = { enabled = false }
    tls                      = { enabled = false }
    extraArgs                = ["--web.listen-address=127.0.0.1:8080"]
    livenessProbe            = { enabled = false }
    readinessProbe           = { enabled = false }
    serviceMonitor           = { selfMonitor = false }
    resources                = local.small
    namespaces               = { releaseNamespace = true, additional = [] }
    podDisruptionBudget      = { enabled = false }
  })

  prometheus_values = {
    serviceAccount      = { create = true, name = local.service_account }
    podDisruptionBudget = { enabled = true, minAvailable = var.sizing.prometheus.replicas - 1 }
    service             = { port = local.ports.web, targetPort = local.ports.web }
    thanosService       = { enabled = true }
    serviceMonitor      = { selfMonitor = true, scheme = "https", tlsConfig = merge(local.client_tls, { serverName = var.tls.prometheus.server_name }) }

    prometheusSpec = merge(local.placement, local.prometheus_selection, local.prometheus_limits, {
      image                     = local.images["prometheus"]
      replicas                  = var.sizing.prometheus.replicas
      priorityClassName         = var.priority_class
      topologySpreadConstraints = local.spread["prometheus"]
      securityContext           = local.pod_security
      listenLocal               = true
      enableFeatures            = ["exemplar-storage"]
      exemplars                 = { maxSize = 100000 }
      externalLabels            = { cluster = var.cluster, tenant_id = var.tenant }
      replicaExternalLabelName  = "prometheus_replica"
      scrapeInterval            = var.scrape_interval
      evaluationInterval        = var.scrape_interval
      retention                 = "${var.retention_days}d"
      retentionSize             = "${floor(var.sizing.prometheus.storage_gb * 0.85)}GB"
      walCompression            = true
      secrets                   = [var.tls.prometheus.secret_name]
      volumes                   = module.prometheus_sidecar.volumes
      containers                = module.prometheus_sidecar.containers
      remoteWrite               = local.remote_write
      thanos                    = local.sidecar
      alertingEndpoints         = [local.alerting]

      # Two replicas must send one alert. The tenant is for queries: what receivers and sidecars hold of a series has to look the same.
      additionalAlertRelabelConfigs = [{ action = "labeldrop", regex = "prometheus_replica|replica|tenant_id" }]

      # Whoever is scraped by https is shown our certificate, unless their monitor says otherwise.
      scrapeClasses = [{ name = "mtls", default = true, tlsConfig = local.client_tls }]

      resources = {
        requests = { cpu = var.sizing.prometheus.cpu, memory = var.sizing.prometheus.memory }
        limits   = { memory = var.sizing.prometheus.memory }
      }

      storageSpec = {
        volumeClaimTemplate = {
          spec = {
            accessModes = ["ReadWriteOnce"]
            resources   = { requests = { storage = "${var.sizing.prometheus.storage_gb}Gi" } }
          }
        }
      }
    })
  }

  # Monitors and rules of every namespace, whoever's release they are of.
  prometheus_selection = {
    ruleSelectorNilUsesHelmValues           = false
    serviceMonitorSelectorNilUsesHelmValues = false
    podMonitorSelectorNilUsesHelmValues     = false
    probeSelectorNilUsesHelmValues          = false
    scrapeConfigSelectorNilUsesHelmValues   = false
  }

  prometheus_limits = {
    enforcedSampleLimit           = var.limits.samples
    enforcedLabelLimit            = var.limits.labels
    enforcedLabelNameLengthLimit  = var.limits.label_name_length
    enforcedLabelValueLengthLimit = var.limits.label_value_length
    enforcedTargetLimit           = var.limits.targets
  }

  high_cardinality = join("|", var.remote_write.high_cardinality)

  # Every sample leaves the cluster within seconds: to Thanos, or, where a name is known for its many series, to VictoriaMetrics.
  remote_write = [
    {
      name          = "thanos"
      url           = "https://${var.remote_write.thanos.host}:${var.remote_write.thanos.port}/api/v1/receive"
      headers       = { THANOS-TENANT = var.tenant }
      tlsConfig     = merge(local.client_tls, { serverName = var.remote_write.thanos.server_name })
      sendExemplars = true
      queueConfig   = local.queue
      writeRelabelConfigs = [
        { action = "drop", sourceLabels = ["__name__"], regex = local.high_cardinality },
      ]
    },
    {
      name          = "victoriametrics"
      url           = "https://${var.remote_write.victoriametrics.host}:${var.remote_write.victoriametrics.port}/insert/0/prometheus/api/v1/write"
      headers       = {}
      tlsConfig     = merge(local.client_tls, { serverName = var.remote_write.victoriametrics.server_name })
      sendExemplars = false
      queueConfig   = local.queue
      writeRelabelConfigs = [
        { action = "keep", sourceLabels = ["__name__"], regex = local.high_cardinality },
        # VictoriaMetrics removes what both replicas send, if it looks the same.
        { action = "labeldrop", regex = "prometheus_replica" },
      ]
    },
  ]

  queue = {
    capacity          = 20000
    maxSamplesPerSend = 5000
    maxShards         = 50
    batchSendDeadline = "2s"
    minBackoff        = "100ms"
    maxBackoff        = "5s"
    retryOnRateLimit  = true
  }

  alerting = {
    name       = "prometheus-alertmanager"
    namespace  = var.namespace
    port       = "http-web"
    scheme     = "https"
    apiVersion = "v2"
    timeout    = "5s"
    tlsConfig  = merge(local.client_tls, { serverName = var.tls.alertmanager.server_name })
  }

  # Serves what is not yet in Thanos, and everything while Thanos Receive is away. It uploads nothing: remote write does.
  sidecar = {
    httpListenLocal = true
    grpcServerTlsConfig = {
      certFile = module.prometheus_sidecar.files.cert
      keyFile  = module.prometheus_sidecar.files.key
      caFile   = module.prometheus_sidecar.files.ca
    }
    volumeMounts = module.prometheus_sidecar.mounts
    resources    = { requests = { cpu = "100m", memory = "256Mi" }, limits = { memory = "512Mi" } }
  }

  alertmanager_values = {
    config              = local.alertmanager_config
    serviceAccount      = { create = true, name = var.identity.service_account, annotations = var.identity.annotations }
    podDisruptionBudget = { enabled = true, minAvailable = var.sizing.alertmanager.replicas - 1 }
    service             = { port = local.ports.web, targetPort = local.ports.web }
    serviceMonitor      = { selfMonitor = true, scheme = "https", tlsConfig = merge(local.client_tls, { serverName = var.tls.alertmanager.server_name }) }

    alertmanagerSpec = merge(local.placement, {
      image                     = local.images["alertmanager"]
      replicas                  = var.sizing.alertmanager.replicas
      priorityClassName         = var.priority_class
      topologySpreadConstraints = local.spread["alertmanager"]
      securityContext           = local.pod_security
      listenLocal               = true
      retention                 = "120h"
      secrets                   = [var.tls.alertmanager.secret_name, var.pagerduty_secret]
      volumes                   = module.alertmanager_sidecar.volumes

      # On loopback the operator gives it no probe of its own; the image has no curl, but wget.
      containers = concat(module.alertmanager_sidecar.containers, [{
        name = "alertmanager"
        livenessProbe = {
          exec             = { command = ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:9093/-/healthy"] }
          periodSeconds    = 10
          failureThreshold = 10
          timeoutSeconds   = 5
        }
      }])

      # A dead peer may hold a page back for this long only.
      clusterPeerTimeout = "5s"

      # The mesh speaks mutual TLS.
      clusterTLS = {
        server = {
          certFile       = "${local.alertmanager_keys}/tls.crt"
          keyFile        = "${local.alertmanager_keys}/tls.key"
          clientCAFile   = "${local.alertmanager_keys}/ca.crt"
          clientAuthType = "RequireAndVerifyClientCert"
        }
        client = {
          serverName = var.tls.alertmanager.server_name
          ca         = { secret = { name = var.tls.alertmanager.secret_name, key = "ca.crt" } }
          cert       = { secret = { name = var.tls.alertmanager.secret_name, key = "tls.crt" } }
          keySecret  = { name = var.tls.alertmanager.secret_name, key = "tls.key" }
        }
      }

      # Routing is alerts/routing.yaml's alone: no AlertmanagerConfig of any namespace is read.
      alertmanagerConfigSelector = { matchLabels = { "ballast/routing" = "never" } }

      resources = {
        requests = { cpu = var.sizing.alertmanager.cpu, memory = var.sizing.alertmanager.memory }
        limits   = { memory = var.sizing.alertmanager.memory }
      }

      storage = {
        volumeClaimTemplate = {
          spec = {
            accessModes = ["ReadWriteOnce"]
            resources   = { requests = { storage = "${var.sizing.alertmanager.storage_gb}Gi" } }
          }
        }
      }
    })
  }
}
