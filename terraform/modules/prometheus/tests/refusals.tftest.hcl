provider "helm" {}
provider "kubernetes" {}

variables {
  cluster        = "acme-staging-eu"
  scheduling     = { node_selector = { "ballast/monitoring" = "true" }, tolerations = [{ key = "ballast/monitoring", operator = "Equal", value = "true", effect = "NoSchedule" }] }
  zones          = ["a", "b", "c"]
  priority_class = "page-path"
  identity       = { service_account = "alertmanager", annotations = { "eks.amazonaws.com/role-arn" = "arn:aws:iam::123456789012:role/alertmanager" } }

  tls = {
    prometheus    = { secret_name = "prometheus-tls", server_name = "prometheus.prometheus.svc" }
    alertmanager  = { secret_name = "alertmanager-tls", server_name = "alertmanager.prometheus.svc" }
    exporters     = { secret_name = "exporters-tls", server_name = "exporters.prometheus.svc" }
    node_exporter = { secret_name = "node-exporter-tls", server_name = "node-exporter.agents.svc" }
  }

  sizing = {
    prometheus   = { replicas = 2, cpu = "2", memory = "8Gi", storage_gb = 200 }
    alertmanager = { replicas = 3, cpu = "200m", memory = "256Mi", storage_gb = 4 }
  }

  remote_write = {
    thanos           = { host = "thanos-receive.thanos.svc", port = 19291, server_name = "thanos.thanos.svc" }
    victoriametrics  = { host = "vminsert.victoriametrics.svc", port = 8443, server_name = "victoriametrics.victoriametrics.svc" }
    high_cardinality = ["http_client_.*", "envoy_.*"]
  }

  alertmanager_config = <<-EOT
    route: {receiver: P3, routes: [{receiver: heartbeat, matchers: ['alertname="Heartbeat"']}]}
    receivers:
      - {name: P1, pagerduty_configs: [{routing_key_file: /etc/alertmanager/secrets/alertmanager-pagerduty/routing-key}], webhook_configs: [{url: https://gateway}]}
      - {name: P3, webhook_configs: [{url: https://gateway}]}
      - {name: heartbeat}
  EOT

  heartbeat = { kind = "sns", destination = "arn:aws:sns:eu-west-1:123456789012:heartbeat", region = "eu-west-1" }

  rules = {
    checkout = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: slo-checkout, labels: {a: b}}\nspec: {groups: []}\n"
  }
}

run "a_cluster_without_a_name_is_refused" {
  command = plan

  variables {
    cluster = "Staging!"
  }

  expect_failures = [var.cluster]
}

run "two_zones_are_refused" {
  command = plan

  variables {
    zones = ["a", "b"]
  }

  expect_failures = [var.zones]
}

run "a_lone_prometheus_is_refused" {
  command = plan

  variables {
    sizing = {
      prometheus   = { replicas = 1, cpu = "2", memory = "8Gi", storage_gb = 200 }
      alertmanager = { replicas = 3, cpu = "200m", memory = "256Mi", storage_gb = 4 }
    }
  }

  expect_failures = [var.sizing]
}

run "two_alertmanagers_are_refused" {
  command = plan

  variables {
    sizing = {
      prometheus   = { replicas = 2, cpu = "2", memory = "8Gi", storage_gb = 200 }
      alertmanager = { replicas = 2, cpu = "200m", memory = "256Mi", storage_gb = 4 }
    }
  }

  expect_failures = [var.sizing]
}

run "less_than_a_budgets_window_is_refused" {
  command = plan

  variables {
    retention_days = 15
  }

  expect_failures = [var.retention_days]
}

run "slow_scrapes_are_refused" {
  command = plan

  variables {
    scrape_interval = "30s"
  }

  expect_failures = [var.scrape_interval]
}

run "no_limit_is_refused" {
  command = plan

  variables {
    limits = { samples = 0 }
  }

  expect_failures = [var.limits]
}

run "a_pattern_that_is_none_is_refused" {
  command = plan

  variables {
    remote_write = {
      thanos           = { host = "thanos-receive.thanos.svc", port = 19291, server_name = "thanos.thanos.svc" }
      victoriametrics  = { host = "vminsert.victoriametrics.svc", port = 8443, server_name = "victoriametrics.victoriametrics.svc" }
      high_cardinality = ["http_(client"]
    }
  }

  expect_failures = [var.remote_write]
}

run "no_pattern_is_refused" {
  command = plan

  variables {
    remote_write = {
      thanos           = { host = "thanos-receive.thanos.svc", port = 19291, server_name = "thanos.thanos.svc" }
      victoriametrics  = { host = "vminsert.victoriametrics.svc", port = 8443, server_name = "victoriametrics.victoriametrics.svc" }
      high_cardinality = []
    }
  }

  expect_failures = [var.remote_write]
}

run "a_configuration_without_receivers_is_refused" {
  command = plan

  variables {
    alertmanager_config = "route: {receiver: P1}"
  }

  expect_failures = [var.alertmanager_config]
}

run "a_configuration_without_a_heartbeat_is_refused" {
  command = plan

  variables {
    alertmanager_config = "receivers: [{name: P3}]"
  }

  expect_failures = [var.alertmanager_config]
}

run "a_page_on_one_leg_is_refused" {
  command = plan

  variables {
    alertmanager_config = "receivers: [{name: P1, webhook_configs: [{url: x}]}, {name: heartbeat}]"
  }

  expect_failures = [var.alertmanager_config]
}

run "a_key_in_the_configuration_is_refused" {
  command = plan

  variables {
    alertmanager_config = "receivers:\n- name: heartbeat\n- name: P3\n  pagerduty_configs:\n  - routing_key: abc\n"
  }

  expect_failures = [var.alertmanager_config]
}

run "another_heartbeat_is_refused" {
  command = plan

  variables {
    heartbeat = { kind = "mail", destination = "oncall@example.com" }
  }

  expect_failures = [var.heartbeat]
}

run "a_topic_without_a_region_is_refused" {
  command = plan

  variables {
    heartbeat = { kind = "sns", destination = "arn:aws:sns:eu-west-1:123456789012:heartbeat" }
  }

  expect_failures = [var.heartbeat]
}

run "a_heartbeat_in_the_clear_is_refused" {
  command = plan

  variables {
    heartbeat = { kind = "webhook", destination = "http://collector", server_name = "collector" }
  }

  expect_failures = [var.heartbeat]
}

run "no_rules_are_refused" {
  command = plan

  variables {
    rules = {}
  }

  expect_failures = [var.rules]
}

run "another_kind_of_rules_is_refused" {
  command = plan

  variables {
    rules = { checkout = "kind: ConfigMap" }
  }

  expect_failures = [var.rules]
}

run "another_probe_is_refused" {
  command = plan

  variables {
    probes = { a = { url = "https://a", module = "icmp" } }
  }

  expect_failures = [var.probes]
}
