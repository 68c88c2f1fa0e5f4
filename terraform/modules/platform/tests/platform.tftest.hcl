provider "helm" {}
provider "kubernetes" {}

variables {
  cloud = "aws"

  cluster = {
    cluster               = { name = "ballast-test", region = "eu-west-1" }
    monitoring_scheduling = { node_selector = { "ballast.dev/monitoring" = "true" }, tolerations = [{ key = "ballast.dev/monitoring", operator = "Equal", value = "true", effect = "NoSchedule" }] }
    network               = { zones = ["a", "b", "c"], cidr = "10.20.0.0/16", service_cidr = "172.20.0.0/20" }
    buckets               = { for name in ["metrics", "logs", "traces", "backups"] : name => { name = "acme-test-${name}", endpoint = "s3.eu-west-1.amazonaws.com", region = "eu-west-1" } }
    service_accounts      = { for name in ["thanos", "victoriametrics", "loki", "tempo", "postgresql", "vault", "alertmanager", "collector"] : name => { name = name, annotations = { "eks.amazonaws.com/role-arn" = "arn:aws:iam::123456789012:role/${name}" } } }
    keys                  = { disks = "arn:aws:kms:eu-west-1:123456789012:key/disks", unseal = "arn:aws:kms:eu-west-1:123456789012:key/unseal" }
    heartbeat             = { destination = "arn:aws:sns:eu-west-1:123456789012:heartbeat" }
  }

  api_server_cidr = "10.20.0.0/16"
  gateway_image   = "ghcr.io/acme/ballast-gateway:0.1.0@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

  alerting = {
    alertmanager_config = <<-EOT
      route: {receiver: P3, routes: [{receiver: heartbeat, matchers: ['alertname="Heartbeat"']}]}
      receivers:
        - {name: P1, pagerduty_configs: [{routing_key_file: /etc/alertmanager/secrets/alertmanager-pagerduty/routing-key}], webhook_configs: [{url: https://gateway}]}
        - {name: P3, webhook_configs: [{url: https://gateway}]}
        - {name: heartbeat}
    EOT
    rules               = { checkout = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: slo-checkout, labels: {a: b}}\nspec: {groups: []}\n" }
    routing             = "version: ballast/v1\n"
    page_tiers          = { P1 = { severity = "critical" } }
  }

  grafana = {
    host = "grafana.acme.example"
    oidc = {
      client_id = "grafana"
      auth_url  = "https://sso.acme.example/authorize"
      token_url = "https://sso.acme.example/token"
      api_url   = "https://sso.acme.example/userinfo"
      roles     = { Admin = ["sre"], Viewer = ["engineering"] }
    }
  }

  load   = { services = 20, series = 200000, logs_gb_a_day = 50, spans_gb_a_day = 20, nodes = 12 }
  groups = { viewer = ["engineering"], on_call = ["on-call"], release_engineer = ["release"], break_glass = ["leads"] }
}

run "everything_is_wired_on_aws" {
  assert {
    condition = (
      output.endpoints.thanos.receive.host == local.written_to.thanos.host && output.endpoints.thanos.receive.port == local.written_to.thanos.port && output.endpoints.thanos.receive.server_name == local.written_to.thanos.server_name &&
      output.endpoints.victoriametrics.insert.host == local.written_to.victoriametrics.host && output.endpoints.victoriametrics.insert.port == local.written_to.victoriametrics.port && output.endpoints.victoriametrics.insert.server_name == local.written_to.victoriametrics.server_name
    )
    error_message = "Prometheus writes to other endpoints than the modules put out."
  }

  assert {
    condition     = kubernetes_storage_class_v1.encrypted.storage_provisioner == "ebs.csi.aws.com" && kubernetes_storage_class_v1.encrypted.parameters["kmsKeyId"] == var.cluster.keys["disks"]
    error_message = "Disks are not encrypted with our key."
  }

  assert {
    condition     = output.cluster == "ballast-test" && output.grafana.host == "grafana.acme.example" && tolist(output.grafana.page_contact_points) == tolist(["P1"]) && output.grafana.gateway_url != "" && contains(keys(output.grafana.data_sources), "loki")
    error_message = "Grafana is told other things than its content root needs."
  }

  assert {
    condition     = output.unrestricted == { agents = "The node exporter and the log agent read the host's files." } && length(module.chaos) == 0
    error_message = "More than the agents' namespace is unrestricted, or chaos is there without a target."
  }

  assert {
    condition     = toset(keys(output.vault.components)) == toset(["alertmanager", "gateway", "grafana"]) && output.vault.client_files.ca != ""
    error_message = "Vault does not know who reads what."
  }

  assert {
    condition     = output.backups.path == "s3://acme-test-backups/postgresql/postgresql-1" && output.chaos.runner == null && length(output.chaos.namespace_annotations) == 0
    error_message = "Whoever restores is sent to another place, or experiments run without a target."
  }

  assert {
    condition     = output.object_storage_gb_a_day.logs == ceil(var.load.logs_gb_a_day / 5)
    error_message = "Buckets are said to grow by something else than what is sent."
  }

  assert {
    condition     = startswith(output.break_glass, "kubectl create token")
    error_message = "Nobody is told how to break the glass."
  }

  assert {
    condition     = !contains(keys(output.endpoints.collectors), "heartbeat")
    error_message = "The collector waits for a heartbeat that Alertmanager sends itself."
  }
}

run "google_cloud_and_every_option" {
  variables {
    cloud = "gcp"

    cluster = {
      cluster               = { name = "ballast-test", region = "europe-west1" }
      monitoring_scheduling = { node_selector = { "ballast.dev/monitoring" = "true" }, tolerations = [{ key = "ballast.dev/monitoring", operator = "Equal", value = "true", effect = "NoSchedule" }] }
      network               = { zones = ["b", "c", "d"], cidr = "10.40.0.0/16", service_cidr = "172.20.0.0/20" }
      buckets               = { for name in ["metrics", "logs", "traces", "backups"] : name => { name = "acme-test-${name}", endpoint = "storage.googleapis.com", region = "europe-west1" } }
      service_accounts      = { for name in ["thanos", "victoriametrics", "loki", "tempo", "postgresql", "vault", "alertmanager", "collector"] : name => { name = name, annotations = { "iam.gke.io/gcp-service-account" = "${name}@acme.iam.gserviceaccount.com" } } }
      keys                  = { disks = "projects/acme/locations/europe-west1/keyRings/ballast/cryptoKeys/disks", unseal = "projects/acme/locations/europe-west1/keyRings/ballast/cryptoKeys/unseal" }
      heartbeat             = { destination = "projects/acme/topics/heartbeat" }
    }

    api_server_cidr = "10.8.16.0/28"
    load            = { services = 100, series = 1000000, high_cardinality_series = 500000, logs_gb_a_day = 500, spans_gb_a_day = 300, nodes = 20 }
    dns_addresses   = ["169.254.20.10"]
    gateway = {
      jsm_url         = "https://api.opsgenie.com"
      webhook_url     = "https://hooks.acme.example/incidents"
      ledger          = "ledger"
      keys_from_vault = true
      callbacks       = { host = "pages.acme.example", class = "outside", client = "ingress-controller", namespace = "ingress", tls_secret = "pages-tls", annotations = {} }
    }
    pagerduty_url    = "https://events.eu.pagerduty.com/v2/enqueue"
    retention_days   = { metrics = { raw = 40, five_minutes = 90, hour = 365 }, high_cardinality = 7, logs = 14, traces = 7, backups = 14 }
    high_cardinality = ["envoy_.*"]
    probes           = { grafana = { url = "https://grafana.grafana.svc/api/health" } }
    other_stores     = { second-region = { host = "thanos-query.second.acme.example", port = 10901, server_name = "thanos.second.acme.example", cidr = "10.24.0.0/16" } }
    chaos_targets    = { grafana = { reason = "Dashboards may be dark here." } }
  }

  assert {
    condition     = kubernetes_storage_class_v1.encrypted.storage_provisioner == "pd.csi.storage.gke.io" && kubernetes_storage_class_v1.encrypted.parameters["disk-encryption-kms-key"] == var.cluster.keys["disks"]
    error_message = "Disks are not encrypted with our key."
  }

  assert {
    condition     = output.vault.components["gateway-pods"] == { namespace = "gateway", service_account = "gateway" }
    error_message = "The gateway cannot sign in to Vault."
  }

  assert {
    condition     = local.databases["ledger"].owner == "gateway" && local.connections["callbacks-gateway"][0] == "ingress" && contains(keys(local.connections), "gateway-vault")
    error_message = "The ledger is not the gateway's, or a connection that was asked for has no policy."
  }

  assert {
    condition     = local.heartbeats[var.cloud].destination == "https://${output.endpoints.collectors.heartbeat.host}:${output.endpoints.collectors.heartbeat.port}${output.endpoints.collectors.heartbeat.path}"
    error_message = "Alertmanager sends its heartbeat where no collector listens."
  }

  assert {
    condition     = toset(keys(output.unrestricted)) == toset(["agents", "chaos"]) && length(module.chaos) == 1 && output.chaos.runner.service_account != "" && length(output.chaos.namespace_annotations) > 0
    error_message = "The chaos engine is not there, or not in a namespace of its own."
  }
}

run "a_store_anywhere_is_refused" {
  command = plan
  variables {
    other_stores = { second-region = { host = "thanos-query.second.acme.example", port = 10901, server_name = "thanos.second.acme.example", cidr = "0.0.0.0/0" } }
  }
  expect_failures = [var.other_stores]
}

run "a_third_cloud_is_refused" {
  command = plan
  variables {
    cloud = "azure"
  }
  expect_failures = [var.cloud]
}

run "a_missing_bucket_is_refused" {
  command = plan
  variables {
    cluster = {
      cluster               = { name = "ballast-test", region = "eu-west-1" }
      monitoring_scheduling = { node_selector = {}, tolerations = [] }
      network               = { zones = ["a", "b", "c"], cidr = "10.20.0.0/16", service_cidr = "172.20.0.0/20" }
      buckets               = { for name in ["metrics", "logs", "traces"] : name => { name = "acme-test-${name}", endpoint = "s3.eu-west-1.amazonaws.com", region = "eu-west-1" } }
      service_accounts      = { for name in ["thanos", "victoriametrics", "loki", "tempo", "postgresql", "vault", "alertmanager", "collector"] : name => { name = name, annotations = {} } }
      keys                  = { disks = "arn:aws:kms:eu-west-1:123456789012:key/disks", unseal = "arn:aws:kms:eu-west-1:123456789012:key/unseal" }
      heartbeat             = { destination = "arn:aws:sns:eu-west-1:123456789012:heartbeat" }
    }
  }
  expect_failures = [var.cluster]
}

run "a_component_without_identity_is_refused" {
  command = plan
  variables {
    cluster = {
      cluster               = { name = "ballast-test", region = "eu-west-1" }
      monitoring_scheduling = { node_selector = {}, tolerations = [] }
      network               = { zones = ["a", "b", "c"], cidr = "10.20.0.0/16", service_cidr = "172.20.0.0/20" }
      buckets               = { for name in ["metrics", "logs", "traces", "backups"] : name => { name = "acme-test-${name}", endpoint = "s3.eu-west-1.amazonaws.com", region = "eu-west-1" } }
      service_accounts      = { for name in ["thanos", "loki"] : name => { name = name, annotations = {} } }
      keys                  = { disks = "arn:aws:kms:eu-west-1:123456789012:key/disks", unseal = "arn:aws:kms:eu-west-1:123456789012:key/unseal" }
      heartbeat             = { destination = "arn:aws:sns:eu-west-1:123456789012:heartbeat" }
    }
  }
  expect_failures = [var.cluster]
}

run "two_zones_are_refused" {
  command = plan
  variables {
    cluster = {
      cluster               = { name = "ballast-test", region = "eu-west-1" }
      monitoring_scheduling = { node_selector = {}, tolerations = [] }
      network               = { zones = ["a", "b"], cidr = "10.20.0.0/16", service_cidr = "172.20.0.0/20" }
      buckets               = { for name in ["metrics", "logs", "traces", "backups"] : name => { name = "acme-test-${name}", endpoint = "s3.eu-west-1.amazonaws.com", region = "eu-west-1" } }
      service_accounts      = { for name in ["thanos", "victoriametrics", "loki", "tempo", "postgresql", "vault", "alertmanager", "collector"] : name => { name = name, annotations = {} } }
      keys                  = { disks = "arn:aws:kms:eu-west-1:123456789012:key/disks", unseal = "arn:aws:kms:eu-west-1:123456789012:key/unseal" }
      heartbeat             = { destination = "arn:aws:sns:eu-west-1:123456789012:heartbeat" }
    }
  }
  expect_failures = [var.cluster]
}

run "another_store_of_its_own_name_is_refused" {
  command = plan
  variables {
    other_stores = { prometheus = { host = "thanos-query.second.acme.example", port = 10901, server_name = "thanos.second.acme.example", cidr = "10.24.0.0/16" } }
  }
  expect_failures = [var.other_stores]
}
