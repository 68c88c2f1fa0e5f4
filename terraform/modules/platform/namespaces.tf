# A namespace a component, and who may connect to whom. Flows are between namespaces; which pod answers on a port is the chart's.

locals {
  # Who changes a workload here holds keys.
  guarded = ["cert-manager", "vault", "external-secrets", "break-glass"]

  restricted = [
    "prometheus", "thanos", "victoriametrics", "loki", "tempo", "collectors", "grafana", "vault", "external-secrets", "postgresql", "kafka",
    "redis", "gateway", "cert-manager", "break-glass",
  ]

  namespaces = merge(
    { for name in local.restricted : name => { pod_security = "restricted", reason = "", quota = lookup(local.quotas, name, {}) } },
    {
      agents = { pod_security = "privileged", reason = "The node exporter and the log agent read the host's files.", quota = local.quotas["agents"] }
    },
    {
      for name in length(var.chaos_targets) > 0 ? ["chaos"] : [] : name => {
        pod_security = "privileged", reason = "The chaos daemon enters other pods' namespaces on its node.", quota = {}
      }
    },
  )

  # from, to, ports, purpose.
  connections = merge({
    prometheus-own         = ["prometheus", "prometheus", [8080, 9094, 9443], "Scrapes of exporters, alerts to Alertmanager, its mesh, probes."]
    prometheus-agents      = ["prometheus", "agents", [9100], "Scrapes of the node exporter."]
    prometheus-thanos      = ["prometheus", "thanos", [10902, 19291], "Every sample, written off the cluster; scrapes."]
    prometheus-vm          = ["prometheus", "victoriametrics", [8443], "Metrics of many series; scrapes."]
    prometheus-gateway     = ["prometheus", "gateway", [9095], "Alerts to the gateway; scrapes."]
    prometheus-vault       = ["prometheus", "vault", [8200], "Alertmanager's key from Vault; scrapes."]
    prometheus-loki        = ["prometheus", "loki", [3100], "Scrapes of its metrics."]
    prometheus-tempo       = ["prometheus", "tempo", [3200], "Scrapes of its metrics."]
    prometheus-grafana     = ["prometheus", "grafana", [3000], "Scrapes of its metrics."]
    prometheus-redis       = ["prometheus", "redis", [9121], "Scrapes of its metrics."]
    prometheus-postgresql  = ["prometheus", "postgresql", [9188], "Scrapes of its metrics."]
    prometheus-secrets     = ["prometheus", "external-secrets", [8443], "Scrapes of its metrics."]
    thanos-prometheus      = ["thanos", "prometheus", [9443, 10901], "Store API of the sidecars; alerts of the ruler."]
    victoriametrics-own    = ["victoriametrics", "victoriametrics", [8400, 8401], "Writes and reads between its parts."]
    loki-own               = ["loki", "loki", [3100, 7946, 9095], "Between Loki's parts."]
    tempo-kafka            = ["tempo", "kafka", [9094], "Spans on their way to storage."]
    tempo-thanos           = ["tempo", "thanos", [19291], "Metrics that are made from spans."]
    agents-collectors      = ["agents", "collectors", [4317], "What containers log."]
    collectors-loki        = ["collectors", "loki", [3100], "Log records to be stored."]
    collectors-tempo       = ["collectors", "tempo", [4317], "Spans to be stored."]
    collectors-kafka       = ["collectors", "kafka", [9093], "Brokers, offsets and lag are asked."]
    collectors-thanos      = ["collectors", "thanos", [19291], "Metrics that came by OTLP."]
    grafana-thanos         = ["grafana", "thanos", [10902], "Metrics on dashboards."]
    grafana-vm             = ["grafana", "victoriametrics", [8443], "Metrics of many series on dashboards."]
    grafana-loki           = ["grafana", "loki", [3100], "Logs on dashboards and in alerts."]
    grafana-tempo          = ["grafana", "tempo", [3200], "Traces on dashboards and in alerts."]
    grafana-prometheus     = ["grafana", "prometheus", [9443], "Alerts and silences of Alertmanager."]
    grafana-gateway        = ["grafana", "gateway", [9095], "Alerts that only Grafana evaluates."]
    grafana-postgresql     = ["grafana", "postgresql", [5432], "Grafana's database."]
    grafana-redis          = ["grafana", "redis", [6379], "Replicas agree on who notifies."]
    gateway-postgresql     = ["gateway", "postgresql", [5432], "Inbox and outbox."]
    gateway-redis          = ["gateway", "redis", [6379], "Copies of keys, rate limits."]
    gateway-kafka          = ["gateway", "kafka", [9093], "Events for the bus."]
    gateway-prometheus     = ["gateway", "prometheus", [9443], "Whether what is late still fires, asked of Alertmanager."]
    vault-own              = ["vault", "vault", [8200, 8201], "Raft, and requests to the active server."]
    thanos-own             = ["thanos", "thanos", [10901, 10902], "Queries, and copies of samples between receivers."]
    tempo-own              = ["tempo", "tempo", [7946, 9095], "Between Tempo's parts."]
    kafka-own              = ["kafka", "kafka", [8443, 9090, 9091], "Replication and control; the operator."]
    postgresql-own         = ["postgresql", "postgresql", [5432, 8000], "Replication; the operator asks its instances."]
    vault-postgresql       = ["vault", "postgresql", [5432], "Credentials that Vault makes."]
    external-secrets-vault = ["external-secrets", "vault", [8200], "Reads what pods need."]
    },
    { for name in var.gateway.keys_from_vault ? ["gateway-vault"] : [] : name => ["gateway", "vault", [8200], "Its keys, read anew every minute."] },
    { for callbacks in var.gateway.callbacks[*] : "callbacks-gateway" => [callbacks.namespace, "gateway", [9097], "PagerDuty's webhooks, through the controller."] },
    {
      for name in var.cloud == "gcp" ? ["prometheus-collectors"] : [] :
      name => ["prometheus", "collectors", [8088], "The heartbeat, which the collector publishes."]
    },
    {
      for name in length(var.chaos_targets) > 0 ? ["chaos-own"] : [] :
      name => ["chaos", "chaos", [31767], "The controller tells the daemons what to break."]
    },
  )

  # Whose pods call the cloud or PagerDuty, by name.
  leaving = { for name, purpose in local.callers : name => purpose if name != "collectors" || var.cloud == "gcp" }

  callers = {
    thanos          = "Blocks in object storage."
    victoriametrics = "Backups in object storage."
    loki            = "Chunks and index in object storage."
    tempo           = "Blocks in object storage."
    postgresql      = "Backups in object storage."
    vault           = "The key that unseals."
    prometheus      = "PagerDuty, and the heartbeat."
    gateway         = "PagerDuty, and where else incidents are told."
    grafana         = "PagerDuty, and the identity provider."
    collectors      = "The heartbeat, which the collector publishes."
  }

  api_clients = [
    "prometheus", "agents", "collectors", "loki", "vault", "external-secrets", "postgresql", "kafka", "cert-manager",
  ]
}

module "namespaces" {
  source = "../namespace-baseline"

  namespaces = local.namespaces

  flows = {
    for name, connection in local.connections : name => {
      from    = { namespace = connection[0] }
      to      = { namespace = connection[1] }
      tcp     = connection[2]
      purpose = connection[3]
    }
  }

  outward = merge(
    {
      for name, purpose in local.leaving : name => {
        from    = { namespace = name }
        cidr    = "0.0.0.0/0"
        except  = [var.cluster.network.cidr, var.cluster.network.service_cidr]
        port    = 443
        purpose = purpose
      }
    },
    {
      for name, store in var.other_stores : "store-${name}" => {
        from    = { namespace = "thanos" }
        cidr    = store.cidr
        except  = []
        port    = store.port
        purpose = "Queries of series in ${name}."
      }
    },
    {
      kubelets = {
        from    = { namespace = "prometheus" }
        cidr    = var.cluster.network.cidr
        except  = []
        port    = 10250
        purpose = "Scrapes of every node's kubelet."
      }
    },
  )

  api_server = {
    cidr    = var.api_server_cidr
    clients = { for name in concat(local.api_clients, length(var.chaos_targets) > 0 ? ["chaos"] : []) : name => [{}] }
    webhooks = merge(
      {
        cert-manager = { namespace = "cert-manager", port = 10250 }
        postgresql   = { namespace = "postgresql", port = 9443 }
      },
      { for name in length(var.chaos_targets) > 0 ? ["chaos"] : [] : name => { namespace = name, port = 10250 } },
    )
  }

  dns = { addresses = var.dns_addresses }
}
