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

  # Envoy, for it can take TLS and go on by TLS. Its configuration is an argument: no config map that pods would have to mount.
  relays = [
    for name, relay in var.relays : {
      name  = "relay-${name}"
      image = local.images["envoy"]
      args = [
        "--disable-hot-restart", "--log-level", "warning", "--config-yaml",
        jsonencode({
          static_resources = {
            listeners = [{
              name    = name
              address = { socket_address = { address = "0.0.0.0", port_value = relay.port } }
              filter_chains = [{
                transport_socket = {
                  name = "envoy.transport_sockets.tls"
                  typed_config = {
                    "@type"                    = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"
                    require_client_certificate = true
                    common_tls_context         = local.envoy_tls
                  }
                }
                filters = [{
                  name = "envoy.filters.network.tcp_proxy"
                  typed_config = {
                    "@type"     = "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"
                    stat_prefix = name
                    cluster     = name
                  }
                }]
              }]
            }]
            clusters = [{
              name            = name
              type            = "STATIC"
              connect_timeout = "2s"
              load_assignment = {
                cluster_name = name
                endpoints    = [{ lb_endpoints = [{ endpoint = { address = { socket_address = { address = "127.0.0.1", port_value = relay.target } } } }] }]
              }
              transport_socket = {
                name = "envoy.transport_sockets.tls"
                typed_config = {
                  "@type"            = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"
                  sni                = relay.server_name
                  common_tls_context = local.envoy_tls
                }
              }
            }]
          }
        }),
      ]
      ports           = [{ name = "relay-${name}", containerPort = relay.port }]
      readinessProbe  = { tcpSocket = { port = relay.port }, periodSeconds = 5, failureThreshold = 3 }
      securityContext = local.security
      resources       = { requests = { cpu = "10m", memory = "64Mi" }, limits = { memory = "128Mi" } }
      volumeMounts    = local.mounts
    }
  ]

  envoy_tls = {
    tls_params         = { tls_minimum_protocol_version = "TLSv1_2" }
    tls_certificates   = [{ certificate_chain = { filename = "${local.folder}/tls.crt" }, private_key = { filename = "${local.folder}/tls.key" } }]
    validation_context = { trusted_ca = { filename = "${local.folder}/ca.crt" } }
  }

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
