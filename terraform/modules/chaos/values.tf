locals {
  values = { chaos-mesh = local.chaos_mesh, litmus = local.litmus }

  restricted = {
    allowPrivilegeEscalation = false
    capabilities             = { drop = ["ALL"] }
    readOnlyRootFilesystem   = true
    runAsNonRoot             = true
    seccompProfile           = { type = "RuntimeDefault" }
  }

  chaos_mesh = {
    images        = { registry = "ghcr.io", tag = "v${local.chart.version}" }
    clusterScoped = true
    rbac          = { create = true }

    controllerManager = {
      replicaCount = 3
      # Faults reach annotated namespaces only (output `namespace_annotations`), whatever an experiment selects.
      enableFilterNamespace   = true
      allowHostNetworkTesting = false
      hostNetwork             = false
      # The chart names this one by its latest tag.
      podChaos       = { podFailure = { pauseImage = jsondecode(file("${path.module}/../images.json"))["pause"] } }
      leaderElection = { enabled = true }
      serviceAccount = "chaos-controller-manager"
      # Somebody has to end what an experiment began, also with a zone gone.
      affinity = {
        podAntiAffinity = {
          requiredDuringSchedulingIgnoredDuringExecution = [{
            topologyKey   = "topology.kubernetes.io/zone"
            labelSelector = { matchLabels = { "app.kubernetes.io/component" = "controller-manager", "app.kubernetes.io/name" = "chaos-mesh" } }
          }]
        }
      }
      nodeSelector      = var.scheduling.node_selector
      tolerations       = var.scheduling.tolerations
      priorityClassName = var.priority_class
      env               = { WEBHOOK_PORT = local.ports.webhook, METRICS_PORT = local.ports.metrics }
      resources         = { requests = { cpu = "50m", memory = "256Mi" }, limits = { memory = "512Mi" } }
    }

    chaosDaemon = {
      # It enters the network and process namespaces of other pods: the reason for a namespace of its own.
      privileged  = true
      hostNetwork = false
      mtls        = { enabled = true }
      grpcPort    = local.ports.daemon
      httpPort    = local.ports.daemon_health
      runtime     = "containerd"
      socketPath  = var.runtime_socket
      tolerations = [{ operator = "Exists" }]
      resources   = { requests = { cpu = "50m", memory = "128Mi" }, limits = { memory = "512Mi" } }
    }

    # The webhook lets nobody start in a namespace what they may not start there themselves.
    dashboard  = { create = false, securityMode = true }
    dnsServer  = { create = false }
    prometheus = { create = false }
    bpfki      = { create = false }
    chaosDlv   = { enable = false }
    webhook    = { certManager = { enabled = true }, FailurePolicy = "Fail", timeoutSeconds = 5 }
  }

  # The chart's releases follow its application's, whose last number is its own.
  chart_app_version = "${join(".", slice(split(".", local.chart.version), 0, 2))}.0"

  ports = { webhook = 10250, metrics = 10080, daemon = 31767, daemon_health = 31766 }

  center = var.litmus == null ? { host = "", issuer = "", client_id = "", secret_name = "", mongodb = "", tls_secret_name = "" } : var.litmus

  litmus_resources = { requests = { cpu = "100m", memory = "256Mi", "ephemeral-storage" = "500Mi" }, limits = { cpu = "1", memory = "512Mi", "ephemeral-storage" = "1Gi" } }

  litmus = {
    # Names and passwords: its keys are DB_USER, DB_PASSWORD, ADMIN_USERNAME, ADMIN_PASSWORD and DEX_OAUTH_CLIENT_SECRET.
    existingSecret = local.center.secret_name
    adminConfig = {
      DB_SERVER       = "mongodb://${local.center.mongodb}/admin?tls=true"
      SKIP_SSL_VERIFY = "false"
    }
    # The chart's own MongoDB is Bitnami's, whose images are no longer maintained in public.
    mongodb = { enabled = false }
    ingress = { enabled = false }

    internalTLS = {
      enabled            = true
      certSource         = "secret"
      strong_ssl_ciphers = true
      web                = { secretName = local.center.tls_secret_name }
      graphqlServer      = { secretName = local.center.tls_secret_name }
      authServer         = { secretName = local.center.tls_secret_name }
    }

    portal = {
      frontend = {
        replicas                     = 2
        automountServiceAccountToken = false
        image                        = { tag = local.chart_app_version }
        service                      = { type = "ClusterIP" }
        tolerations                  = var.scheduling.tolerations
        nodeSelector                 = var.scheduling.node_selector
        resources                    = local.litmus_resources
      }
      server = {
        replicas     = 2
        tolerations  = var.scheduling.tolerations
        nodeSelector = var.scheduling.node_selector
        authServer = {
          replicas                     = 2
          automountServiceAccountToken = false
          image                        = { tag = local.chart_app_version }
          resources                    = local.litmus_resources
          securityContext              = merge(local.restricted, { runAsUser = 2000 })
          env = {
            DEX_ENABLED            = "true"
            OIDC_ISSUER            = local.center.issuer
            DEX_OAUTH_CLIENT_ID    = local.center.client_id
            DEX_OAUTH_CALLBACK_URL = "https://${local.center.host}/auth/dex/callback"
          }
        }
        graphqlServer = {
          image           = { tag = local.chart_app_version }
          resources       = local.litmus_resources
          securityContext = merge(local.restricted, { runAsUser = 2000 })
          genericEnv      = { CHAOS_CENTER_UI_ENDPOINT = "https://${local.center.host}", ENABLE_GQL_INTROSPECTION = "false" }
        }
        extraEnvVars = [{ name = "DEX_OAUTH_CLIENT_SECRET", valueFrom = { secretKeyRef = { name = local.center.secret_name, key = "DEX_OAUTH_CLIENT_SECRET" } } }]
      }
    }
  }
}
