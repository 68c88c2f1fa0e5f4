locals {
  images = jsondecode(file("${path.module}/../images.json"))
  memory = tonumber(trimsuffix(var.sizing.memory, "Mi"))

  # Appended to what the chart writes (ports and files of TLS).
  valkey_config = {
    "tls-auth-clients-user"    = "CN"
    "tls-auto-reload-interval" = "300"
    "tls-protocols"            = "\"TLSv1.2 TLSv1.3\""
    "maxmemory"                = "${floor(local.memory * 2 / 3)}mb"
    "maxmemory-policy"         = "allkeys-lru"
    "save"                     = "\"\""
    "appendonly"               = "no"
  }

  # A user without a password cannot sign in by AUTH: only the certificate of that common name makes somebody this user. The cache's own
  # is for probes and metrics.
  acl = merge(
    { default = "off resetpass resetkeys resetchannels -@all" },
    { redis = "on resetpass resetkeys resetchannels -@all +ping +info +slowlog|get +slowlog|len +latency|latest +client|setname" },
    { for name, user in var.users : name => join(" ", concat(
      ["on", "resetpass", "resetkeys", "resetchannels"], [for pattern in user.keys : "~${pattern}"], [for pattern in user.channels : "&${pattern}"], ["-@all"], user.commands
    )) },
  )

  security = {
    allowPrivilegeEscalation = false
    capabilities             = { drop = ["ALL"] }
    readOnlyRootFilesystem   = true
    runAsNonRoot             = true
    runAsUser                = 1000
  }

  ping  = ["valkey-cli", "--tls", "--cacert", "/tls/ca.crt", "--cert", "/tls/tls.crt", "--key", "/tls/tls.key", "-h", "localhost", "-e", "ping"]
  probe = { exec = { command = local.ping }, periodSeconds = 10, timeoutSeconds = 5, failureThreshold = 3 }

  values = {
    fullnameOverride = "redis"
    image            = regex("^(?P<registry>[^/]+)/(?P<repository>[^:]+):(?P<tag>.+)$", local.images["valkey"])

    service = { type = "ClusterIP", port = 6379 }
    tls = {
      enabled                  = true
      existingSecret           = var.tls.secret_name
      serverPublicKey          = "tls.crt"
      serverKey                = "tls.key"
      caPublicKey              = "ca.crt"
      requireClientCertificate = true
    }
    auth         = { enabled = true, aclConfig = join("\n", [for name, rules in local.acl : "user ${name} ${rules}"]) }
    valkeyConfig = join("\n", [for directive, value in local.valkey_config : "${directive} ${value}"])

    dataStorage = { enabled = false }
    replica     = { enabled = false }
    metrics     = { enabled = false }

    # The chart's probes show no certificate.
    startupProbe   = { enabled = true, customProbe = local.probe }
    livenessProbe  = { enabled = true, customProbe = local.probe }
    readinessProbe = { enabled = true, customProbe = local.probe }

    # The chart's exporter signs in with a password; this one with the certificate, and asks Prometheus for one.
    extraContainers = [{
      name  = "metrics"
      image = local.images["redis-exporter"]
      args = [
        "--redis.addr=rediss://localhost:6379", "--tls-client-cert-file=/tls/tls.crt", "--tls-client-key-file=/tls/tls.key", "--tls-ca-cert-file=/tls/ca.crt",
        "--tls-server-cert-file=/tls/tls.crt", "--tls-server-key-file=/tls/tls.key", "--tls-server-ca-cert-file=/tls/ca.crt",
        "--web.listen-address=0.0.0.0:9121", "--config-command=-", "--redis-only-metrics",
      ]
      ports           = [{ name = "https-metrics", containerPort = 9121 }]
      securityContext = merge(local.security, { seccompProfile = { type = "RuntimeDefault" } })
      resources       = { requests = { cpu = "10m", memory = "32Mi" }, limits = { memory = "64Mi" } }
      volumeMounts    = [{ name = "redis-tls", mountPath = "/tls", readOnly = true }]
    }]

    resources     = { requests = { cpu = var.sizing.cpu, memory = var.sizing.memory }, limits = { memory = var.sizing.memory } }
    initResources = { requests = { cpu = "10m", memory = "32Mi" }, limits = { memory = "64Mi" } }

    securityContext    = local.security
    podSecurityContext = { fsGroup = 1000, runAsGroup = 1000, runAsUser = 1000, seccompProfile = { type = "RuntimeDefault" } }
    serviceAccount     = { create = true, name = "redis", automount = false }
    priorityClassName  = var.priority_class
    nodeSelector       = var.scheduling.node_selector
    tolerations        = [for toleration in var.scheduling.tolerations : { for key, value in toleration : key => value if value != null }]
  }
}
