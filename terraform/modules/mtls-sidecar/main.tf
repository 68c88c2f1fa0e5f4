# Containers beside an application that cannot do mutual TLS itself, or whose probes cannot. They are a few MB each, hold no state, and
# read renewed certificates by themselves. kubelet's probes carry no certificate, so health is on a port of its own, or asked from
# within the pod.

locals {
  images = jsondecode(file("${path.module}/../images.json"))
  volume = "mtls"
  folder = "/etc/mtls"

  mounts = [{ name = local.volume, mountPath = local.folder, readOnly = true }]

  security = {
    allowPrivilegeEscalation = false
    capabilities             = { drop = ["ALL"] }
    readOnlyRootFilesystem   = true
    runAsNonRoot             = true
    runAsUser                = 65534
    seccompProfile           = { type = "RuntimeDefault" }
  }

  resources = {
    requests = { cpu = "10m", memory = "32Mi" }
    limits   = { memory = "64Mi" }
  }

  keys = ["--cert=${local.folder}/tls.crt", "--key=${local.folder}/tls.key", "--cacert=${local.folder}/ca.crt", "--timed-reload=5m"]

  servers = [
    for name, server in var.servers : {
      name  = "tls-${name}"
      image = local.images["ghostunnel"]
      args = concat(
        ["server", "--listen=0.0.0.0:${server.port}", "--target=127.0.0.1:${server.target}", "--status=http://0.0.0.0:${server.status}"],
        [for path in compact([server.path]) : "--target-status=http://127.0.0.1:${server.target}${path}"],
        [for dns_name in server.clients : "--allow-dns=${dns_name}"],
        [for everybody in ["--allow-all"] : everybody if length(server.clients) == 0],
        local.keys,
      )
      ports           = [{ name = "tls-${name}", containerPort = server.port }, { name = "st-${name}", containerPort = server.status }]
      readinessProbe  = { httpGet = { path = "/_status", port = server.status }, periodSeconds = 5, failureThreshold = 3, timeoutSeconds = 3 }
      securityContext = local.security
      resources       = local.resources
      volumeMounts    = local.mounts
    }
  ]

  clients = [
    for name, client in var.clients : {
      name  = "to-${name}"
      image = local.images["ghostunnel"]
      args = concat(
        ["client", "--listen=127.0.0.1:${client.port}", "--target=${client.target}", "--override-server-name=${client.server_name}"],
        local.keys,
      )
      securityContext = local.security
      resources       = local.resources
      volumeMounts    = local.mounts
    }
  ]

  health = [
    for health in var.health[*] : {
      name    = "health"
      image   = local.images["curl"]
      command = ["sleep", "infinity"]
      readinessProbe = {
        exec = {
          command = [
            "curl", "--fail", "--silent", "--show-error", "--max-time", "4", "--output", "/dev/null",
            "--cert", "${local.folder}/tls.crt", "--key", "${local.folder}/tls.key", "--cacert", "${local.folder}/ca.crt",
            "--resolve", "${health.server_name}:${health.port}:127.0.0.1",
            "https://${health.server_name}:${health.port}${health.path}",
          ]
        }
        periodSeconds    = 10
        failureThreshold = 3
        timeoutSeconds   = 5
      }
      securityContext = local.security
      resources       = local.resources
      volumeMounts    = local.mounts
    }
  ]
}
