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

run "a_pair_in_front_of_a_mesh" {
  assert {
    condition     = local.values.prometheus.prometheusSpec.replicas == 2 && local.values.alertmanager.alertmanagerSpec.replicas == 3
    error_message = "There are other numbers of replicas than sizing says."
  }

  assert {
    condition     = yamldecode(helm_release.this.values[0]).prometheus.podDisruptionBudget.minAvailable == 1 && local.values.alertmanager.podDisruptionBudget.minAvailable == 2
    error_message = "A drain may take more than one replica."
  }

  assert {
    condition     = helm_release.this.repository == "oci://ghcr.io/prometheus-community/charts" && helm_release.this.chart == "kube-prometheus-stack" && helm_release.this.version == local.charts["kube-prometheus-stack"].version
    error_message = "The chart is not the pinned one."
  }

  assert {
    condition     = helm_release.this.namespace == "prometheus" && helm_release.blackbox.namespace == "prometheus" && helm_release.blackbox.chart == "prometheus-blackbox-exporter"
    error_message = "A release is in another namespace, or of another chart."
  }

  assert {
    condition     = local.values.prometheus.prometheusSpec.priorityClassName == "page-path" && local.values.alertmanager.alertmanagerSpec.priorityClassName == "page-path"
    error_message = "The page path has not its priority."
  }

  assert {
    condition     = alltrue([for spec in [local.values.prometheus.prometheusSpec, local.values.alertmanager.alertmanagerSpec] : spec.nodeSelector == var.scheduling.node_selector && spec.tolerations == tolist(var.scheduling.tolerations) && contains([for spread in spec.topologySpreadConstraints : spread.topologyKey], "topology.kubernetes.io/zone")])
    error_message = "Pods run elsewhere than on monitoring pools, or are not spread over zones."
  }
}

run "nothing_answers_without_a_certificate" {
  assert {
    condition     = local.values.prometheus.prometheusSpec.listenLocal && local.values.alertmanager.alertmanagerSpec.listenLocal
    error_message = "Prometheus or Alertmanager listens beyond loopback."
  }

  assert {
    condition     = local.values.alertmanager.alertmanagerSpec.clusterTLS.server.clientAuthType == "RequireAndVerifyClientCert" && local.values.alertmanager.alertmanagerSpec.clusterTLS.client.serverName == "alertmanager.prometheus.svc"
    error_message = "The mesh takes a peer without a certificate."
  }

  assert {
    condition     = local.values.prometheus.prometheusSpec.thanos.grpcServerTlsConfig.caFile == "/etc/mtls/ca.crt" && local.values.prometheus.prometheusSpec.thanos.httpListenLocal
    error_message = "The sidecar answers without TLS."
  }

  assert {
    condition     = local.values.prometheus.service.targetPort == 9443 && local.values.alertmanager.service.targetPort == 9443 && contains(local.values.prometheus.prometheusSpec.containers[0].args, "--target=127.0.0.1:9090")
    error_message = "The services lead past the tunnel."
  }

  assert {
    condition     = local.values.kube-state-metrics.authFilter.enabled && local.values.prometheus-node-exporter.kubeRBACProxy.enabled && contains(local.blackbox_values.extraArgs, "--web.listen-address=127.0.0.1:9115")
    error_message = "An exporter answers anybody."
  }

  assert {
    condition     = yamldecode(kubernetes_config_map_v1.kube_state_metrics.data["web.yml"]).tls_server_config.cert_file == "/etc/mtls/tls.crt"
    error_message = "kube-state-metrics has no certificate."
  }

  assert {
    condition     = kubernetes_role_binding_v1.node_exporter.subject[0].name == "prometheus" && kubernetes_role_binding_v1.node_exporter.metadata[0].namespace == "agents" && kubernetes_role_v1.node_exporter.rule[0].resource_names == toset(["node-exporter"])
    error_message = "Somebody else than Prometheus may read the node exporter, or Prometheus may read more."
  }

  assert {
    condition     = output.endpoints.alertmanager == { host = "prometheus-alertmanager.prometheus.svc", port = 9443, protocol = "https", server_name = "alertmanager.prometheus.svc" }
    error_message = "Alertmanager's endpoint is not where it is."
  }
}

run "every_sample_leaves_the_cluster_once" {
  assert {
    condition     = [for write in local.values.prometheus.prometheusSpec.remoteWrite : write.writeRelabelConfigs[0].action] == ["drop", "keep"] && length(distinct([for write in local.values.prometheus.prometheusSpec.remoteWrite : write.writeRelabelConfigs[0].regex])) == 1
    error_message = "A metric goes to both stores, or to none."
  }

  assert {
    condition     = local.values.prometheus.prometheusSpec.remoteWrite[0].url == "https://thanos-receive.thanos.svc:19291/api/v1/receive" && local.values.prometheus.prometheusSpec.remoteWrite[0].headers["THANOS-TENANT"] == "platform"
    error_message = "Samples go elsewhere than to Thanos Receive, or to another tenant."
  }

  assert {
    condition     = local.values.prometheus.prometheusSpec.retention == "32d" && local.values.prometheus.prometheusSpec.retentionSize == "170GB"
    error_message = "Retention is not what was asked for, or fills the disk."
  }

  assert {
    condition     = local.values.prometheus.prometheusSpec.enforcedSampleLimit == 50000 && local.values.prometheus.prometheusSpec.enforcedTargetLimit == 2000
    error_message = "There is no limit on what a scrape brings."
  }

  assert {
    condition     = local.values.prometheus.prometheusSpec.externalLabels == { cluster = "acme-staging-eu", tenant_id = var.tenant } && local.values.prometheus.prometheusSpec.additionalAlertRelabelConfigs[0].action == "labeldrop"
    error_message = "Clusters cannot be told apart, or replicas can in alerts."
  }
}

run "routing_is_the_tables_and_the_heartbeat_the_clouds" {
  assert {
    condition     = [for receiver in local.values.alertmanager.config.receivers : receiver.name] == ["P1", "P3", "heartbeat"] && local.values.alertmanager.config.route.receiver == "P3"
    error_message = "Routing is not that of the table."
  }

  assert {
    condition     = local.values.alertmanager.config.receivers[2].sns_configs[0].topic_arn == "arn:aws:sns:eu-west-1:123456789012:heartbeat"
    error_message = "The heartbeat does not reach the cloud's topic."
  }

  assert {
    condition     = local.values.alertmanager.serviceAccount.name == "alertmanager" && local.values.alertmanager.serviceAccount.annotations == var.identity.annotations
    error_message = "Alertmanager has not the identity that may send the heartbeat."
  }

  assert {
    condition     = module.rules["checkout"].objects["prometheusrule/checkout"].name == "slo-checkout"
    error_message = "The rules are not given to Prometheus."
  }

  assert {
    condition     = keys(module.objects.objects) == ["prometheusrule/heartbeat"]
    error_message = "There is no heartbeat, or a probe that nobody asked for."
  }
}

run "everything_set_otherwise" {
  variables {
    namespace        = "monitoring"
    agents_namespace = "hosts"
    tenant           = "shop"
    retention_days   = 40
    scrape_interval  = "10s"
    limits           = { samples = 100000, labels = 50, label_name_length = 200, label_value_length = 2000, targets = 500 }
    pagerduty_secret = "pagerduty"
    heartbeat        = { kind = "webhook", destination = "https://collector.collectors.svc:4319/v1/heartbeat", server_name = "collector.collectors.svc" }
    probes           = { grafana = { url = "https://grafana.grafana.svc:3000/api/health" }, vault = { url = "vault.vault.svc:8200", module = "tcp_connect" } }
  }

  assert {
    condition     = local.values.alertmanager.config.receivers[2].webhook_configs[0].http_config.tls_config.server_name == "collector.collectors.svc" && local.values.alertmanager.config.receivers[2].webhook_configs[0].send_resolved == false
    error_message = "The heartbeat does not reach the collector by mutual TLS."
  }

  assert {
    condition     = join(" ", keys(module.objects.objects)) == "probe/grafana probe/vault prometheusrule/heartbeat"
    error_message = "The probes are not those asked for."
  }

  assert {
    condition     = jsondecode(local.probes["probe/vault"]).spec.module == "tcp_connect" && jsondecode(local.probes["probe/grafana"]).spec.prober.url == "prometheus-blackbox-exporter.monitoring.svc:9443"
    error_message = "A probe is asked of somebody else, or in another way."
  }

  assert {
    condition     = local.values.prometheus.prometheusSpec.scrapeInterval == "10s" && local.values.prometheus.prometheusSpec.retention == "40d" && local.values.prometheus.prometheusSpec.enforcedLabelLimit == 50 && local.values.prometheus.prometheusSpec.remoteWrite[0].headers["THANOS-TENANT"] == "shop"
    error_message = "A setting has no effect."
  }

  assert {
    condition     = contains(local.values.alertmanager.alertmanagerSpec.secrets, "pagerduty") && kubernetes_role_v1.node_exporter.metadata[0].namespace == "hosts" && local.values.prometheus-node-exporter.namespaceOverride == "hosts"
    error_message = "PagerDuty's key is not mounted, or the node exporter is elsewhere."
  }
}

run "of_the_charts_alerts_only_the_reviewed_ones" {
  assert {
    condition     = yamldecode(helm_release.this.values[0]).defaultRules.create && local.platform_alerts.version == helm_release.this.version
    error_message = "The chart's rules are off, or the list is of another version of the chart: see alerts/platform-alerts.yaml."
  }

  assert {
    condition     = local.values.defaultRules.disabled.AlertmanagerFailedToSendAlerts && !contains(keys(local.values.defaultRules.disabled), "AlertmanagerClusterDown")
    error_message = "An alert that an SLO covers is loaded, or one that is kept is not."
  }

  assert {
    condition     = length(setintersection(keys(local.values.defaultRules.disabled), keys(local.values.customRules))) == 0
    error_message = "An alert is kept and disabled."
  }

  assert {
    condition     = local.values.customRules.AlertmanagerClusterDown.severity == "page" && local.values.customRules.KubePodCrashLooping.severity == "ticket" && alltrue([for rule in values(local.values.customRules) : contains(["page", "ticket"], rule.severity)])
    error_message = "An alert of the chart has a severity that Alertmanager does not route."
  }
}
