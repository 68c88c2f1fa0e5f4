locals {
  image = jsondecode(file("${path.module}/../images.json"))["vault"]

  security = {
    allowPrivilegeEscalation = false
    capabilities             = { drop = ["ALL"] }
  }

  # Vault reads its certificate again and reopens its audit file on SIGHUP only. The signal is sent when the certificate is renewed, and
  # when the audit file is moved aside: a full audit volume would stop every request.
  watch = join("\n", [
    "audit=/vault/audit/audit.log",
    "last=$(sha256sum ${local.files.cert})",
    "while sleep 60; do",
    "  now=$(sha256sum ${local.files.cert})",
    "  moved=",
    "  if [ -f $audit ] && [ $(stat -c %s $audit) -gt 2000000000 ]; then mv -f $audit $audit.1; moved=yes; fi",
    "  if [ -n \"$moved\" ] || [ \"$now\" != \"$last\" ]; then",
    "    kill -HUP $(pidof vault) && last=$now",
    "  fi",
    "done",
  ])

  values = {
    global   = { tlsDisable = false }
    injector = { enabled = "false" }
    csi      = { enabled = false }
    ui       = { enabled = false }

    server = {
      image     = { repository = split(":", local.image)[0], tag = split(":", local.image)[1] }
      logFormat = "json"
      resources = {
        requests = { cpu = var.sizing.cpu, memory = var.sizing.memory }
        limits   = { memory = var.sizing.memory }
      }

      # Somebody restarts one server after the other, the active one last (README): a bad version stops at the first.
      updateStrategyType = "OnDelete"

      ha = {
        enabled          = true
        replicas         = var.sizing.replicas
        apiAddr          = "https://$(VAULT_K8S_POD_NAME).vault-internal.${var.namespace}.svc:8200"
        disruptionBudget = { enabled = true, maxUnavailable = floor((var.sizing.replicas - 1) / 2) }
        raft             = { enabled = true, setNodeId = true, config = jsonencode(local.vault_config) }
      }

      extraEnvironmentVars = {
        VAULT_CACERT      = local.files.ca
        VAULT_CLIENT_CERT = local.files.cert
        VAULT_CLIENT_KEY  = local.files.key
      }
      volumes      = [{ name = "tls", secret = { secretName = var.tls.secret_name, defaultMode = 288 } }]
      volumeMounts = [{ name = "tls", mountPath = local.folder, readOnly = true }]

      # Both run in the pod, with its certificate. A sealed Vault is not ready, but alive: restarting it would not unseal it.
      readinessProbe = { enabled = true }
      livenessProbe = {
        enabled             = true
        execCommand         = ["/bin/sh", "-c", "vault status >/dev/null; test $? -ne 1"]
        initialDelaySeconds = 60
        periodSeconds       = 10
        failureThreshold    = 6
        timeoutSeconds      = 5
      }

      shareProcessNamespace = true
      extraContainers = [{
        name            = "watch"
        image           = local.image
        command         = ["/bin/sh", "-ec", local.watch]
        securityContext = merge(local.security, { readOnlyRootFilesystem = true })
        resources       = { requests = { cpu = "5m", memory = "16Mi" }, limits = { memory = "32Mi" } }
        volumeMounts    = [{ name = "tls", mountPath = local.folder, readOnly = true }, { name = "audit", mountPath = "/vault/audit" }]
      }]

      statefulSet = {
        securityContext = {
          pod       = { runAsNonRoot = true, runAsUser = 100, runAsGroup = 1000, fsGroup = 1000, seccompProfile = { type = "RuntimeDefault" } }
          container = local.security
        }
      }

      priorityClassName = var.priority_class
      nodeSelector      = var.scheduling.node_selector
      tolerations       = [for toleration in var.scheduling.tolerations : { for key, value in toleration : key => value if value != null }]
      affinity          = ""
      topologySpreadConstraints = [for key, domains in { "topology.kubernetes.io/zone" = length(distinct(var.zones)), "kubernetes.io/hostname" = var.sizing.replicas } : {
        maxSkew           = 1
        minDomains        = domains
        topologyKey       = key
        whenUnsatisfiable = "DoNotSchedule"
        labelSelector     = { matchLabels = { "app.kubernetes.io/name" = "vault", "app.kubernetes.io/instance" = "vault", component = "server" } }
      }]

      dataStorage  = { enabled = true, size = "${var.sizing.storage_gb}Gi", storageClass = var.storage_class }
      auditStorage = { enabled = true, size = "${var.sizing.audit_gb}Gi", storageClass = var.storage_class }

      # Its own role labels the pod that is active, which Service vault-active selects.
      serviceAccount = { create = true, name = var.identity.service_account, annotations = var.identity.annotations, serviceDiscovery = { enabled = true } }
      authDelegator  = { enabled = true }
      service        = { enabled = true, publishNotReadyAddresses = false, active = { enabled = true }, standby = { enabled = false } }
    }
  }
}
