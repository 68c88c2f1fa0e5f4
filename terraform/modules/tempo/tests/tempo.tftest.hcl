variables {
  cluster        = "staging"
  cloud          = "aws"
  bucket         = { name = "acme-traces", endpoint = "s3.eu-west-1.amazonaws.com", region = "eu-west-1" }
  identity       = { service_account = "tempo", annotations = { "eks.amazonaws.com/role-arn" = "arn:aws:iam::123456789012:role/tempo" } }
  tls            = { secret_name = "tempo-tls", server_name = "tempo.tempo.svc" }
  priority_class = "platform"
  remote_write   = { host = "thanos-receive.thanos.svc", port = 19291, server_name = "thanos.thanos.svc" }
  scheduling = {
    node_selector = { "ballast.io/pool" = "monitoring" }
    tolerations   = [{ key = "ballast.io/monitoring", value = "true", effect = "NoSchedule" }]
  }
  kafka = {
    bootstrap = { host = "bootstrap.kafka.svc", port = 9095, server_name = "bootstrap.kafka.svc" }
    brokers = [
      { host = "broker-0.kafka.svc", port = 9095, server_name = "broker-0.kafka.svc" },
      { host = "broker-1.kafka.svc", port = 9095, server_name = "broker-1.kafka.svc" },
      { host = "broker-2.kafka.svc", port = 9095, server_name = "broker-2.kafka.svc" },
    ]
  }
}

run "on_aws" {
  assert {
    condition     = helm_release.this.repository == "oci://ghcr.io/grafana-community/helm-charts" && helm_release.this.chart == "tempo-distributed" && helm_release.this.version == local.chart.version && helm_release.this.namespace == "tempo"
    error_message = "It is not the pinned chart, or not in its namespace."
  }

  assert {
    condition     = jsonencode(yamldecode(helm_release.this.values[0])) == jsonencode(local.values)
    error_message = "The chart is given other values than those checked here."
  }

  assert {
    condition     = alltrue([for server in ["http_tls_config", "grpc_tls_config"] : local.tempo_config.server[server].client_auth_type == "RequireAndVerifyClientCert"]) && local.tempo_config.distributor.receivers.otlp.protocols.grpc.tls.client_ca_file == "/etc/mtls/ca.crt"
    error_message = "A listener does not ask for a client certificate."
  }

  assert {
    condition     = local.tempo_config.memberlist.bind_addr == ["127.0.0.1"] && contains(local.values.defaults.extraArgs, "-memberlist.bind-port=7947") && alltrue([for part in ["distributor", "liveStore", "blockBuilder", "metricsGenerator", "querier", "queryFrontend", "backendScheduler", "backendWorker"] : local.values[part].extraContainers[0].name == "relay-gossip"])
    error_message = "Gossip is taken from pods without a certificate."
  }

  assert {
    condition = alltrue([
      for client in [
        local.tempo_config.live_store_client.grpc_client_config, local.tempo_config.backend_scheduler_client.grpc_client_config,
        local.tempo_config.querier.frontend_worker.grpc_client_config, local.tempo_config.memberlist,
      ] : client.tls_enabled && client.tls_server_name == "tempo.tempo.svc" && client.tls_cert_path == "/etc/mtls/tls.crt"
    ])
    error_message = "A part calls another without its certificate."
  }

  assert {
    condition     = local.tempo_config.storage.trace.backend == "s3" && local.tempo_config.storage.trace.s3.bucket == "acme-traces" && !can(local.tempo_config.storage.trace.gcs)
    error_message = "It does not use the bucket."
  }

  assert {
    condition     = [for container in local.values.liveStore.extraContainers : container.name] == ["relay-gossip", "to-kafka", "to-kafka-0", "to-kafka-1", "to-kafka-2"] && local.tempo_config.ingest.kafka.address == "127.0.0.1:19089"
    error_message = "Not every broker is reached through a sidecar."
  }

  assert {
    condition     = local.values.blockBuilder.replicas == 3 && local.values.liveStore.replicas == 3
    error_message = "There is not one live store and block builder a partition."
  }

  assert {
    condition     = local.tempo_config.metrics_generator.storage.remote_write[0].url == "https://thanos-receive.thanos.svc:19291/api/v1/receive" && local.tempo_config.metrics_generator.storage.remote_write[0].send_exemplars && local.tempo_config.metrics_generator.storage.remote_write[0].tls_config.server_name == "thanos.thanos.svc"
    error_message = "Metrics from spans do not reach Thanos, or have no exemplars."
  }

  assert {
    condition     = local.tempo_config.overrides.defaults.compaction.block_retention == "336h" && local.tempo_config.backend_worker.compaction.block_retention == "336h"
    error_message = "Traces are not kept for 14 days."
  }

  assert {
    condition     = local.values.tempo.readinessProbe.httpGet.port == local.tempo_config.internal_server.http_listen_port && local.values.tempo.livenessProbe.httpGet.port == 3101
    error_message = "kubelet asks a port that wants a certificate."
  }

  assert {
    condition     = yamldecode(local.values.distributor.topologySpreadConstraints)[0].whenUnsatisfiable == "DoNotSchedule" && local.values.serviceAccount.annotations["eks.amazonaws.com/role-arn"] == "arn:aws:iam::123456789012:role/tempo" && local.values.defaults.nodeSelector["ballast.io/pool"] == "monitoring"
    error_message = "Pods are not spread, lack their role, or run elsewhere."
  }

  assert {
    condition = output.endpoints == {
      push  = { host = "tempo-distributor.tempo.svc", port = 4317, protocol = "grpcs", server_name = "tempo.tempo.svc" }
      query = { host = "tempo-query-frontend.tempo.svc", port = 3200, protocol = "https", server_name = "tempo.tempo.svc" }
    }
    error_message = "Others are sent to the wrong place."
  }

  assert {
    condition     = [for index in range(3) : local.brokers["kafka-${index}"].port] == [19090, 19091, 19092]
    error_message = "A broker's sidecar is not where Kafka's listener advertises it."
  }
}

run "on_google_cloud_larger" {
  command = plan

  variables {
    cloud          = "gcp"
    namespace      = "traces"
    bucket         = { name = "acme-traces", endpoint = "storage.googleapis.com", region = "europe-west1" }
    retention_days = 30
    span_metrics   = { dimensions = ["team"], max_series = 1000 }
    limits         = { bytes_per_second = 1000000, live_traces = 500, bytes_per_trace = 5000 }
    remote_write   = { host = "vminsert.victoriametrics.svc", port = 8443, server_name = "vm", path = "/insert/0/prometheus/api/v1/write", headers = { "THANOS-TENANT" = "tempo" } }
    sizing         = { querier = { replicas = 4, memory = "4Gi" }, metrics_generator = { storage_gb = 30 } }
    kafka = {
      bootstrap  = { host = "bootstrap.kafka.svc", port = 9095, server_name = "bootstrap.kafka.svc" }
      brokers    = [for id in range(3) : { host = "b-${id}.kafka.svc", port = 9095, server_name = "b-${id}.kafka.svc" }]
      topic      = "spans"
      partitions = 6
    }
  }

  assert {
    condition     = local.tempo_config.storage.trace.backend == "gcs" && local.tempo_config.storage.trace.gcs.bucket_name == "acme-traces"
    error_message = "It does not use the bucket on Google Cloud."
  }

  assert {
    condition     = local.values.liveStore.replicas == 6 && local.tempo_config.ingest.kafka.topic == "spans" && local.values.querier.replicas == 4 && local.values.querier.resources.limits.memory == "4Gi" && local.values.metricsGenerator.persistence.size == "30Gi"
    error_message = "Sizes are not those asked for."
  }

  assert {
    condition     = local.tempo_config.overrides.defaults.metrics_generator.max_active_series == 1000 && local.tempo_config.metrics_generator.processor.span_metrics.dimensions == tolist(["team"]) && local.tempo_config.overrides.defaults.ingestion.burst_size_bytes == 2000000 && local.tempo_config.overrides.defaults.global.max_bytes_per_trace == 5000
    error_message = "Limits or dimensions are not those asked for."
  }

  assert {
    condition     = local.tempo_config.metrics_generator.storage.remote_write[0].headers["THANOS-TENANT"] == "tempo" && endswith(local.tempo_config.metrics_generator.storage.remote_write[0].url, "/api/v1/write") && local.tempo_config.overrides.defaults.compaction.block_retention == "720h"
    error_message = "Metrics go elsewhere, or traces are kept for another time."
  }

  assert {
    condition     = output.endpoints.push.host == "tempo-distributor.traces.svc"
    error_message = "Others are sent to the wrong namespace."
  }
}

run "another_cloud_is_refused" {
  command = plan
  variables { cloud = "azure" }
  expect_failures = [var.cloud]
}

run "two_brokers_are_refused" {
  command = plan
  variables {
    kafka = {
      bootstrap = { host = "b", port = 9095, server_name = "b" }
      brokers   = [for id in range(2) : { host = "b-${id}", port = 9095, server_name = "b-${id}" }]
    }
  }
  expect_failures = [var.kafka]
}

run "one_partition_is_refused" {
  command = plan
  variables {
    kafka = {
      bootstrap  = { host = "b", port = 9095, server_name = "b" }
      brokers    = [for id in range(3) : { host = "b-${id}", port = 9095, server_name = "b-${id}" }]
      partitions = 1
    }
  }
  expect_failures = [var.kafka]
}

run "half_a_day_is_refused" {
  command = plan
  variables { retention_days = 0.5 }
  expect_failures = [var.retention_days]
}

run "a_label_a_url_is_refused" {
  command = plan
  variables { span_metrics = { dimensions = ["url.full"] } }
  expect_failures = [var.span_metrics]
}

run "a_lonely_querier_is_refused" {
  command = plan
  variables { sizing = { querier = { replicas = 1 } } }
  expect_failures = [var.sizing]
}

run "a_limit_of_nothing_is_refused" {
  command = plan
  variables { limits = { live_traces = 0 } }
  expect_failures = [var.limits]
}
