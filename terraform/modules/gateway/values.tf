locals {
  name   = "gateway"
  labels = { "app.kubernetes.io/name" = local.name, "app.kubernetes.io/part-of" = "ballast" }
  ports  = { webhook = 9095, status = 9096, callbacks = 9097, callbacks_status = 9098, http = 8095 }

  # The routing key is a file, `.env` in the working folder: an environment variable would show in every description of the pod.
  folder = "/etc/gateway"

  # What is no secret is a config map; a new one is a new pod.
  routing = { folder = "/etc/ballast", file = "routing.yaml", texts = var.routing[*] }

  # The pod has no token but this one, which Vault alone takes.
  vault_token = { folder = "/var/run/secrets/vault", file = "token" }

  database_urls = {
    for name in compact([var.database.name, var.database.ledger]) : name => join("", [
      "postgresql://${var.database.user}@${var.database.host}:${var.database.port}/${name}?sslmode=verify-full",
      "&sslrootcert=${module.sidecar.files.ca}&sslcert=${module.sidecar.files.cert}&sslkey=${module.sidecar.files.key}",
    ])
  }

  two_legs = ["gateway", "pagerduty"]
  direct_tiers = {
    for text in local.routing.texts : "BALLAST_GATEWAY_DIRECT_TIERS" => coalesce(
      join(",", [
        # A tier that the file does not name is as `ballast.repo` has it: pages have two legs.
        for tier in ["P1", "P2", "P3", "P4"] : tier
        if length(setintersection(try(yamldecode(text).tiers[tier].legs, contains(["P1", "P2"], tier) ? local.two_legs : []), local.two_legs)) == 2
      ]),
      "none",
    )
  }

  environment = merge(
    {
      BALLAST_DATABASE_URL                = local.database_urls[var.database.name]
      BALLAST_GATEWAY_HOST                = "127.0.0.1"
      BALLAST_GATEWAY_PORT                = tostring(local.ports.http)
      BALLAST_PAGERDUTY_URL               = var.pagerduty_url
      BALLAST_PAGERDUTY_EVENTS_PER_MINUTE = tostring(var.destinations.pagerduty_events_per_minute)
      BALLAST_JSM_URL                     = var.destinations.jsm_url
    },
    { for url in var.destinations.webhook_url[*] : "BALLAST_WEBHOOK_URL" => url },
    { for name in var.database.ledger[*] : "BALLAST_LEDGER_URL" => local.database_urls[name] },
    { for text in local.routing.texts : "BALLAST_GATEWAY_ROUTING" => "${local.routing.folder}/${local.routing.file}" },
    local.direct_tiers,
    merge([
      for urls in [join(",", [for each in var.alertmanagers : "https://${each.host}:${each.port}"])] : {
        BALLAST_ALERTMANAGER_URLS = urls
        BALLAST_ALERTMANAGER_CA   = module.sidecar.files.ca
        BALLAST_ALERTMANAGER_CERT = module.sidecar.files.cert
        BALLAST_ALERTMANAGER_KEY  = module.sidecar.files.key
      } if urls != ""
    ]...),
    merge([
      for vault in var.vault[*] : {
        BALLAST_VAULT_ADDR            = "https://${vault.host}:${vault.port}"
        BALLAST_VAULT_AUTH            = "kubernetes"
        BALLAST_VAULT_MOUNT           = vault.auth_mount
        BALLAST_VAULT_ROLE            = vault.role
        BALLAST_VAULT_PATH            = vault.path
        BALLAST_VAULT_JWT_FILE        = "${local.vault_token.folder}/${local.vault_token.file}"
        BALLAST_VAULT_CA              = module.sidecar.files.ca
        BALLAST_VAULT_CERT            = module.sidecar.files.cert
        BALLAST_VAULT_KEY             = module.sidecar.files.key
        BALLAST_VAULT_REFRESH_SECONDS = tostring(vault.refresh_seconds)
      }
    ]...),
    # Both know it by the common name of its certificate. Redis may take less time than a page would notice; Kafka is never waited for.
    {
      for redis in var.redis[*] : "BALLAST_REDIS_URL" => join("", [
        "rediss://${redis.host}:${redis.port}/0?ssl_cert_reqs=required&ssl_ca_certs=${module.sidecar.files.ca}",
        "&ssl_certfile=${module.sidecar.files.cert}&ssl_keyfile=${module.sidecar.files.key}",
      ])
    },
    merge([
      for kafka in var.kafka[*] : {
        BALLAST_KAFKA_BOOTSTRAP = "${kafka.host}:${kafka.port}"
        BALLAST_KAFKA_CA        = module.sidecar.files.ca
        BALLAST_KAFKA_CERT      = module.sidecar.files.cert
        BALLAST_KAFKA_KEY       = module.sidecar.files.key
      }
    ]...),
    { for name, value in var.tuning : "BALLAST_GATEWAY_${upper(name)}" => tostring(value) },
  )

  # What is asked of a pod that stops goes on: new connections until its address is gone from everywhere, then open requests, then
  # what is due. Both containers wait alike, or the tunnel would be shut before the gateway.
  settle_seconds = 5
  lifecycle      = { preStop = { sleep = { seconds = local.settle_seconds } } }

  container = {
    name       = local.name
    image      = var.image
    command    = ["python", "-m", "ballast.gateway"]
    workingDir = local.folder
    env        = [for name, value in local.environment : { name = name, value = value }]
    lifecycle  = local.lifecycle

    # It listens on loopback, where kubelet cannot reach it; whether it is ready is asked through the tunnel's status.
    livenessProbe = {
      exec             = { command = ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:${local.ports.http}/healthz', timeout=4)"] }
      periodSeconds    = 20
      timeoutSeconds   = 5
      failureThreshold = 3
    }
    startupProbe = {
      exec             = { command = ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:${local.ports.http}/healthz', timeout=4)"] }
      periodSeconds    = 5
      timeoutSeconds   = 5
      failureThreshold = 24
    }

    resources = {
      requests = { cpu = var.sizing.cpu, memory = var.sizing.memory }
      limits   = { memory = var.sizing.memory }
    }
    securityContext = {
      allowPrivilegeEscalation = false
      capabilities             = { drop = ["ALL"] }
      readOnlyRootFilesystem   = true
    }
    volumeMounts = concat(
      module.sidecar.mounts,
      [{ name = "keys", mountPath = local.folder, readOnly = true }],
      [for text in local.routing.texts : { name = "routing", mountPath = local.routing.folder, readOnly = true }],
      [for vault in var.vault[*] : { name = "vault-token", mountPath = local.vault_token.folder, readOnly = true }],
    )
  }

  pod = {
    serviceAccountName            = local.name
    automountServiceAccountToken  = false
    priorityClassName             = var.priority_class
    terminationGracePeriodSeconds = local.settle_seconds + ceil(2 * var.tuning.drain_seconds) + 10
    nodeSelector                  = var.scheduling.node_selector
    tolerations                   = var.scheduling.tolerations
    securityContext = {
      runAsNonRoot   = true
      runAsUser      = 65534
      runAsGroup     = 65534
      fsGroup        = 65534
      seccompProfile = { type = "RuntimeDefault" }
    }
    topologySpreadConstraints = [
      for key, unsatisfiable in { "topology.kubernetes.io/zone" = "DoNotSchedule", "kubernetes.io/hostname" = "ScheduleAnyway" } : merge({
        maxSkew           = 1
        topologyKey       = key
        whenUnsatisfiable = unsatisfiable
        labelSelector     = { matchLabels = local.labels }
        matchLabelKeys    = ["pod-template-hash"]
      }, { for zones in [length(distinct(var.zones))] : "minDomains" => zones if unsatisfiable == "DoNotSchedule" && var.sizing.replicas <= zones })
    ]
    containers = concat([local.container], [for container in module.sidecar.containers : merge(container, { lifecycle = local.lifecycle })])
    volumes = concat(
      module.sidecar.volumes,
      [{
        name = "keys"
        secret = merge(
          { secretName = var.keys.secret_name, defaultMode = 288, items = [{ key = var.keys.key, path = ".env" }] },
          { for vault in var.vault[*] : "optional" => true },
        )
      }],
      [for text in local.routing.texts : { name = "routing", configMap = { name = local.name } }],
      [for vault in var.vault[*] : {
        name      = "vault-token"
        projected = { sources = [{ serviceAccountToken = { audience = vault.audience, expirationSeconds = 600, path = local.vault_token.file } }] }
      }],
    )
  }

  values = {
    labels = local.labels

    # No number of replicas: that is the autoscaler's.
    deployment = {
      selector             = { matchLabels = local.labels }
      revisionHistoryLimit = 5
      strategy             = { type = "RollingUpdate", rollingUpdate = { maxUnavailable = 0, maxSurge = 1 } }
      template = {
        metadata = merge({ labels = local.labels }, { for text in local.routing.texts : "annotations" => { "ballast.dev/routing" = sha256(text) } })
        spec     = local.pod
      }
    }
    service = {
      selector = local.labels
      ports = [
        for name in concat(["webhook"], [for callbacks in var.callbacks[*] : "callbacks"]) :
        { name = name, port = local.ports[name], targetPort = local.ports[name], protocol = "TCP", appProtocol = "https" }
      ]
    }
    configMap = { for text in local.routing.texts : local.routing.file => text }
    podDisruptionBudget = {
      maxUnavailable             = 1
      selector                   = { matchLabels = local.labels }
      unhealthyPodEvictionPolicy = "AlwaysAllow"
    }
    autoscaler = {
      scaleTargetRef = { apiVersion = "apps/v1", kind = "Deployment", name = local.name }
      minReplicas    = var.sizing.replicas
      maxReplicas    = var.sizing.max_replicas
      metrics = [{
        type              = "ContainerResource"
        containerResource = { container = local.name, name = "cpu", target = { type = "Utilization", averageUtilization = 70 } }
      }]
      behavior = { scaleDown = { stabilizationWindowSeconds = 600 } }
    }
  }
}
