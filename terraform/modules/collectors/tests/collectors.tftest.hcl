variables {
  cluster        = "staging"
  identity       = { service_account = "collector", annotations = { "eks.amazonaws.com/role-arn" = "arn:aws:iam::123456789012:role/collector" } }
  priority_class = "platform"
  tls = {
    collector = { secret_name = "collector-tls", server_name = "collector.collectors.svc" }
    agent     = { secret_name = "log-agent-tls", server_name = "log-agent.agents.svc" }
  }
  endpoints = {
    tempo   = { host = "tempo-distributor.tempo.svc", port = 4317, server_name = "tempo.tempo.svc" }
    loki    = { host = "loki-distributor.loki.svc", port = 3100, server_name = "loki.loki.svc" }
    metrics = { host = "thanos-receive.thanos.svc", port = 19291, server_name = "thanos.thanos.svc" }
  }
  scheduling = {
    node_selector = { "ballast.io/pool" = "monitoring" }
    tolerations   = [{ key = "ballast.io/monitoring", value = "true", effect = "NoSchedule" }]
  }
}

run "on_aws" {
  assert {
    condition     = helm_release.collector.chart == "opentelemetry-collector" && helm_release.collector.version == local.chart.version && helm_release.agent.version == local.chart.version && helm_release.collector.namespace == "collectors" && helm_release.agent.namespace == "agents"
    error_message = "It is not the pinned chart, or not in its namespaces."
  }

  assert {
    condition     = jsonencode(yamldecode(helm_release.collector.values[0])) == jsonencode(local.collector_values) && jsonencode(yamldecode(helm_release.agent.values[0])) == jsonencode(local.agent_values)
    error_message = "The chart is given other values than those checked here."
  }

  assert {
    condition     = local.collector_config.receivers.otlp.protocols.grpc.tls.client_ca_file == "/etc/mtls/ca.crt" && keys(local.collector_config.receivers) == ["otlp", "prometheus"]
    error_message = "The listener takes clients without a certificate, or there is another."
  }

  assert {
    condition     = alltrue([for pipeline, exporter in { traces = "otlp/tempo", logs = "otlphttp/loki", metrics = "prometheusremotewrite" } : local.collector_config.service.pipelines[pipeline].exporters == [exporter] && local.collector_config.exporters[exporter].tls.cert_file == "/etc/mtls/tls.crt"])
    error_message = "Something does not reach its store, or goes there without a certificate."
  }

  assert {
    condition     = local.collector_config.exporters["otlphttp/loki"].endpoint == "https://loki-distributor.loki.svc:3100/otlp" && local.collector_config.exporters["otlp/tempo"].tls.server_name_override == "tempo.tempo.svc"
    error_message = "A store is called by another address or name."
  }

  assert {
    condition     = alltrue([for signal in ["traces", "logs"] : contains(local.collector_config.service.pipelines[signal].processors, "redaction")]) && length(local.collector_config.processors.redaction.blocked_values) == 2
    error_message = "Secrets pass in spans or logs."
  }

  assert {
    condition     = length([for operator in local.agent_config.receivers.filelog.operators : operator if operator.type == "trace_parser"]) == 1 && local.agent_config.exporters.otlp.sending_queue.storage == "file_storage"
    error_message = "Lines lose their trace, or an agent's restart loses lines."
  }

  assert {
    condition     = local.agent_config.exporters.otlp.endpoint == "collector.collectors.svc:4317" && local.agent_config.exporters.otlp.tls.server_name_override == "collector.collectors.svc"
    error_message = "The agent sends to somebody else."
  }

  assert {
    condition     = alltrue([for name, port in local.agent_values.ports : !port.enabled]) && [for name, port in local.collector_values.ports : name if port.enabled] == ["otlp"]
    error_message = "A port is open that nobody needs."
  }

  assert {
    condition     = local.collector_values.image == { repository = "ghcr.io/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector-contrib", tag = "0.158.0" }
    error_message = "The image is not the pinned one."
  }

  assert {
    condition     = one(kubernetes_pod_disruption_budget_v1.collector.spec).max_unavailable == "1" && local.collector_values.replicaCount == 3 && length(kubernetes_service_v1.heartbeat) == 0
    error_message = "More than one collector may be moved at a time, or there is a heartbeat where none is due."
  }

  assert {
    condition     = output.endpoints == { otlp = { host = "collector.collectors.svc", port = 4317, protocol = "grpcs", path = "", server_name = "collector.collectors.svc" } }
    error_message = "Others are sent to the wrong place."
  }
}

run "on_google_cloud" {
  command = plan

  variables {
    namespace        = "otel"
    agents_namespace = "nodes"
    heartbeat        = { project = "acme-staging", topic = "projects/acme-staging/topics/ballast-staging-heartbeat" }
    kafka            = { host = "kafka-kafka-bootstrap.kafka.svc", port = 9093, server_name = "kafka-kafka-bootstrap.kafka.svc" }
    redact           = ["[0-9]{16}"]
    queue_size       = 200
    sizing           = { collector = { replicas = 4, memory = "2Gi" }, agent = { memory = "512Mi" } }
  }

  assert {
    condition     = local.collector_config.receivers.webhookevent.tls.client_ca_file == "/etc/mtls/ca.crt" && local.collector_config.exporters.googlecloudpubsub.topic == var.heartbeat.topic && local.collector_config.service.pipelines["logs/heartbeat"].exporters == ["googlecloudpubsub"]
    error_message = "The heartbeat does not leave the cluster."
  }

  assert {
    condition     = one(one(kubernetes_service_v1.heartbeat).spec).port[0].port == 8088 && output.endpoints["heartbeat"].host == "collector-heartbeat.otel.svc" && output.endpoints["heartbeat"].path == "/heartbeat"
    error_message = "Alertmanager cannot reach the heartbeat's way out."
  }

  assert {
    condition     = local.collector_values.replicaCount == 4 && local.collector_values.resources.limits.memory == "2Gi" && local.agent_values.resources.limits.memory == "512Mi" && local.collector_config.exporters["otlp/tempo"].sending_queue.queue_size == 200 && local.collector_config.processors.redaction.blocked_values == tolist(["[0-9]{16}"])
    error_message = "Sizes are not those asked for."
  }

  assert {
    condition     = local.collector_config.receivers.kafkametrics.brokers == ["kafka-kafka-bootstrap.kafka.svc:9093"] && local.collector_config.receivers.kafkametrics.tls.cert_file == "/etc/mtls/tls.crt" && contains(local.collector_config.service.pipelines.metrics.receivers, "kafkametrics")
    error_message = "Kafka is not measured, or asked without a certificate."
  }

  assert {
    condition     = helm_release.agent.namespace == "nodes" && local.agent_config.receivers.filelog.exclude == ["/var/log/pods/nodes_log-agent*_*/*/*.log"]
    error_message = "The agent reads its own lines, without end."
  }
}

run "half_a_topic_is_refused" {
  command = plan
  variables { heartbeat = { project = "acme", topic = "heartbeat" } }
  expect_failures = [var.heartbeat]
}

run "a_broken_pattern_is_refused" {
  command = plan
  variables { redact = ["("] }
  expect_failures = [var.redact]
}

run "no_queue_is_refused" {
  command = plan
  variables { queue_size = 1 }
  expect_failures = [var.queue_size]
}

run "a_missing_certificate_is_refused" {
  command = plan
  variables { tls = { collector = { secret_name = "collector-tls", server_name = "collector" }, agents = { secret_name = "a", server_name = "a" } } }
  expect_failures = [var.tls]
}

run "one_collector_is_refused" {
  command = plan
  variables { sizing = { collector = { replicas = 1 } } }
  expect_failures = [var.sizing]
}

run "no_certificates_are_refused" {
  command = plan
  variables { tls = {} }
  expect_failures = [var.tls]
}
