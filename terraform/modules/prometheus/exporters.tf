locals {
  # TLS by its own file; a caller shows a service-account token (auth filter), except for the health endpoints.
  kube_state_metrics_values = merge(local.placement, {
    fullnameOverride = "kube-state-metrics"
    image            = local.images["kube-state-metrics"]
    kubeRBACProxy    = { enabled = false }
    replicas         = 1
    authFilter       = { enabled = true }
    selfMonitor      = { enabled = false }
    extraArgs        = ["--tls-config=/etc/kube-state-metrics/web.yml", "--telemetry-host=127.0.0.1"]
    livenessProbe    = { httpGet = { scheme = "https" } }
    readinessProbe   = { httpGet = { scheme = "https" } }
    resources        = local.small

    volumes = concat(module.blackbox_sidecar.volumes, [{
      name = "web", configMap = { name = kubernetes_config_map_v1.kube_state_metrics.metadata[0].name }
    }])
    volumeMounts = concat(module.blackbox_sidecar.mounts, [{ name = "web", mountPath = "/etc/kube-state-metrics", readOnly = true }])

    prometheus = {
      monitor = {
        http = {
          scheme          = "https"
          bearerTokenFile = local.token_file
          tlsConfig       = { caFile = local.client_tls.caFile, serverName = var.tls.exporters.server_name }
        }
      }
    }
  })

  token_file = "/var/run/secrets/kubernetes.io/serviceaccount/token"

  # On the host's network, on loopback, behind a proxy with TLS that asks the API server about the caller's token.
  node_exporter_values = {
    namespaceOverride       = var.agents_namespace
    fullnameOverride        = "node-exporter"
    image                   = local.images["node-exporter"]
    kubeRBACProxy           = { enabled = true, image = local.images["kube-rbac-proxy"], tls = { enabled = true } }
    permissionInitContainer = { fixes = { rapl = false, slabinfo = false } }
    resources               = local.small
    tolerations             = [{ operator = "Exists" }]

    tlsSecret = {
      enabled    = true
      secretName = var.tls.node_exporter.secret_name
      volumeName = "mtls"
      certItem   = "tls.crt"
      keyItem    = "tls.key"
      caItem     = "ca.crt"
    }

    prometheus = {
      monitor = {
        scheme          = "https"
        bearerTokenFile = local.token_file
        tlsConfig       = { caFile = local.client_tls.caFile, serverName = var.tls.node_exporter.server_name }
      }
    }
  }

  blackbox_values = merge(local.placement, {
    image                        = local.images["blackbox-exporter"]
    configReloader               = { enabled = false }
    replicas                     = 2
    topologySpreadConstraints    = local.spread["prometheus-blackbox-exporter"]
    podDisruptionBudget          = { minAvailable = 1 }
    automountServiceAccountToken = false

    # The exporter is on loopback; what the service and the pod call its port is the tunnel's.
    extraArgs       = ["--web.listen-address=127.0.0.1:9115"]
    extraContainers = module.blackbox_sidecar.containers
    extraVolumes    = module.blackbox_sidecar.volumes
    containerPort   = local.ports.web
    service         = { port = local.ports.web }
    livenessProbe   = { httpGet = { path = "/_status", port = local.ports.status } }
    readinessProbe  = { httpGet = { path = "/_status", port = local.ports.status } }
    resources       = local.small

    podSecurityContext = { runAsNonRoot = true, seccompProfile = { type = "RuntimeDefault" } }

    config = {
      modules = {
        http_2xx = {
          prober  = "http"
          timeout = "5s"
          http    = { preferred_ip_protocol = "ip4", follow_redirects = false, valid_http_versions = ["HTTP/1.1", "HTTP/2.0"], tls_config = local.blackbox_tls }
        }
        tcp_connect = { prober = "tcp", timeout = "5s", tcp = { preferred_ip_protocol = "ip4", tls = true, tls_config = local.blackbox_tls } }
      }
    }
    extraVolumeMounts = module.blackbox_sidecar.mounts
  })

  # It probes our own listeners, so it shows its certificate.
  blackbox_tls = {
    ca_file   = module.blackbox_sidecar.files.ca
    cert_file = module.blackbox_sidecar.files.cert
    key_file  = module.blackbox_sidecar.files.key
  }
}
