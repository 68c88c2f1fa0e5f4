variables {
  cloud          = "aws"
  bucket         = { name = "acme-logs", endpoint = "s3.eu-west-1.amazonaws.com", region = "eu-west-1" }
  identity       = { service_account = "loki", annotations = { "eks.amazonaws.com/role-arn" = "arn:aws:iam::123456789012:role/loki" } }
  tls            = { secret_name = "loki-tls", server_name = "loki.loki.svc" }
  zones          = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
  priority_class = "platform"
  scheduling = {
    node_selector = { "ballast.io/pool" = "monitoring" }
    tolerations   = [{ key = "ballast.io/monitoring", value = "true", effect = "NoSchedule" }]
  }
}

run "on_aws" {
  assert {
    condition     = helm_release.this.repository == "oci://ghcr.io/grafana-community/helm-charts" && helm_release.this.chart == "loki" && helm_release.this.version == local.chart.version && helm_release.this.namespace == "loki"
    error_message = "It is not the pinned chart, or not in its namespace."
  }

  assert {
    condition     = jsonencode(yamldecode(helm_release.this.values[0])) == jsonencode(local.values)
    error_message = "The chart is given other values than those checked here."
  }

  assert {
    condition = alltrue([
      for server in ["http_tls_config", "grpc_tls_config"] :
      local.values.loki.structuredConfig.server[server].client_auth_type == "RequireAndVerifyClientCert"
    ])
    error_message = "A listener does not ask for a client certificate."
  }

  assert {
    condition     = local.loki_config.memberlist.bind_addr == ["127.0.0.1"] && local.loki_config.memberlist.bind_port == 7947 && alltrue([for part in ["distributor", "ingester", "querier", "queryFrontend", "queryScheduler", "indexGateway", "compactor"] : local.values[part].extraContainers[0].name == "relay-gossip"])
    error_message = "Gossip is taken from pods without a certificate."
  }

  assert {
    condition = alltrue([
      for client in [
        local.loki_config.ingester_client.grpc_client_config, local.loki_config.compactor_grpc_client, local.loki_config.query_scheduler.grpc_client_config,
        local.loki_config.frontend.grpc_client_config, local.loki_config.frontend_worker.grpc_client_config, local.loki_config.memberlist,
        local.loki_config.storage_config.tsdb_shipper.index_gateway_client.grpc_client_config,
      ] : client.tls_enabled && client.tls_server_name == "loki.loki.svc" && client.tls_cert_path == "/etc/mtls/tls.crt"
    ])
    error_message = "A part calls another without its certificate."
  }

  assert {
    condition     = local.loki_config.storage_config.object_store == { s3 = { bucket_name = "acme-logs", endpoint = "s3.eu-west-1.amazonaws.com", region = "eu-west-1" } } && local.loki_config.schema_config.configs[0].object_store == "s3"
    error_message = "It does not use the bucket."
  }

  assert {
    condition     = local.loki_config.limits_config.retention_period == "720h" && local.loki_config.compactor.retention_enabled && local.loki_config.limits_config.allow_structured_metadata
    error_message = "Logs are not kept for 30 days, or have no structured metadata."
  }

  assert {
    condition     = tolist([for zone in ["zoneA", "zoneB", "zoneC"] : local.values.ingester.zoneAwareReplication[zone].nodeSelector["topology.kubernetes.io/zone"]]) == var.zones && local.values.ingester.zoneAwareReplication.zoneA.nodeSelector["ballast.io/pool"] == "monitoring"
    error_message = "Ingesters are not tied to their zones on the monitoring pools."
  }

  assert {
    condition     = local.values.serviceAccount.annotations["eks.amazonaws.com/role-arn"] == "arn:aws:iam::123456789012:role/loki" && local.values.defaults.tolerations[0].key == "ballast.io/monitoring"
    error_message = "Pods lack their role or their tolerations."
  }

  assert {
    condition     = local.values.loki.readinessProbe.httpGet.port == local.loki_config.internal_server.http_listen_port
    error_message = "kubelet asks a port that wants a certificate."
  }

  assert {
    condition = output.endpoints == {
      push  = { host = "loki-distributor.loki.svc", port = 3100, protocol = "https", server_name = "loki.loki.svc" }
      query = { host = "loki-query-frontend.loki.svc", port = 3100, protocol = "https", server_name = "loki.loki.svc" }
    }
    error_message = "Others are sent to the wrong place."
  }
}

run "on_google_cloud_larger" {
  command = plan

  variables {
    cloud          = "gcp"
    namespace      = "logs"
    bucket         = { name = "acme-logs", endpoint = "storage.googleapis.com", region = "europe-west1" }
    retention_days = 90
    labels         = ["service.name"]
    limits         = { ingestion_mb_per_second = 64, streams = 100000 }
    tls            = { secret_name = "loki-tls", server_name = "loki.internal" }
    sizing         = { ingester = { replicas = 6, memory = "8Gi", storage_gb = 100 }, querier = { replicas = 6 } }
  }

  assert {
    condition     = local.loki_config.storage_config.object_store == { gcs = { bucket_name = "acme-logs" } } && local.loki_config.compactor.delete_request_store == "gcs"
    error_message = "It does not use the bucket on Google Cloud."
  }

  assert {
    condition     = local.loki_config.limits_config.retention_period == "2160h" && local.loki_config.limits_config.ingestion_burst_size_mb == 128 && local.loki_config.limits_config.max_global_streams_per_user == 100000 && local.loki_config.limits_config.otlp_config.resource_attributes.attributes_config[0].attributes == tolist(["service.name"])
    error_message = "Limits, labels or retention are not those asked for."
  }

  assert {
    condition     = local.values.ingester.replicas == 6 && local.values.ingester.persistence.claims[0].size == "100Gi" && local.values.ingester.resources.limits.memory == "8Gi" && local.values.querier.replicas == 6
    error_message = "Sizes are not those asked for."
  }

  assert {
    condition     = local.values.monitoring.serviceMonitor.tlsConfig.serverName == "loki.internal"
    error_message = "Prometheus could not scrape it."
  }

  assert {
    condition     = output.endpoints.push.host == "loki-distributor.logs.svc" && output.endpoints.query.server_name == "loki.internal"
    error_message = "Others are sent to the wrong namespace or expect the wrong name."
  }
}

run "another_cloud_is_refused" {
  command = plan
  variables { cloud = "azure" }
  expect_failures = [var.cloud]
}

run "no_retention_is_refused" {
  command = plan
  variables { retention_days = 0 }
  expect_failures = [var.retention_days]
}

run "no_label_is_refused" {
  command = plan
  variables { labels = [] }
  expect_failures = [var.labels]
}

run "a_label_a_trace_is_refused" {
  command = plan
  variables { labels = ["service.name", "trace_id"] }
  expect_failures = [var.labels]
}

run "two_zones_are_refused" {
  command = plan
  variables { zones = ["a", "b", "b"] }
  expect_failures = [var.zones]
}

run "uneven_ingesters_are_refused" {
  command = plan
  variables { sizing = { ingester = { replicas = 4 } } }
  expect_failures = [var.sizing]
}

run "a_lonely_front_end_is_refused" {
  command = plan
  variables { sizing = { query_frontend = { replicas = 1 } } }
  expect_failures = [var.sizing]
}

run "a_limit_of_nothing_is_refused" {
  command = plan
  variables { limits = { streams = 0 } }
  expect_failures = [var.limits]
}
