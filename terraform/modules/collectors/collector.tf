# The collector's configuration. Reference: https://opentelemetry.io/docs/collector/configuration/ and the README of each component in
# github.com/open-telemetry/opentelemetry-collector and -contrib.

locals {
  # For serving: whoever calls must show a certificate of our authority.
  server_tls = {
    for user, files in { for user, tls in module.tls : user => tls.files } : user => {
      cert_file       = files.cert
      key_file        = files.key
      client_ca_file  = files.ca
      min_version     = "1.2"
      reload_interval = "5m"
    }
  }

  # For calling: it shows its own, and knows whom it calls.
  client_tls = {
    for user, files in { for user, tls in module.tls : user => tls.files } : user => {
      cert_file       = files.cert
      key_file        = files.key
      ca_file         = files.ca
      reload_interval = "5m"
    }
  }

  # Tries again for five minutes; what is still waiting then is dropped and counted (otelcol_exporter_send_failed_*).
  patience = {
    retry_on_failure = { enabled = true, initial_interval = "1s", max_interval = "30s", max_elapsed_time = "5m" }
    sending_queue    = { enabled = true, num_consumers = 10, queue_size = var.queue_size }
  }

  heartbeat = {
    receivers = {
      webhookevent = { endpoint = "$${env:MY_POD_IP}:8088", path = "/heartbeat", tls = local.server_tls["collector"] }
    }
    exporters = {
      for heartbeat in var.heartbeat[*] : "googlecloudpubsub" => { project = heartbeat.project, topic = heartbeat.topic }
    }
    pipelines = { "logs/heartbeat" = { receivers = ["webhookevent"], exporters = ["googlecloudpubsub"] } }
  }

  # Brokers, offsets and lag, asked of Kafka itself: its exporters speak plain HTTP.
  kafka = {
    for kafka in var.kafka[*] : "kafkametrics" => {
      brokers             = ["${kafka.host}:${kafka.port}"]
      client_id           = "collector"
      collection_interval = "30s"
      scrapers            = ["brokers", "topics", "consumers"]
      tls                 = merge(local.client_tls["collector"], { server_name_override = kafka.server_name })
    }
  }

  own_metrics = {
    receivers = {
      prometheus = { config = { scrape_configs = [{ job_name = "collectors", scrape_interval = "30s", static_configs = [{ targets = ["127.0.0.1:8888"] }] }] } }
    }
    # On loopback: another pod can neither read nor forge them.
    telemetry = {
      logs    = { encoding = "json" }
      metrics = { readers = [{ pull = { exporter = { prometheus = { host = "127.0.0.1", port = 8888 } } } }] }
    }
  }

  collector_config = {
    extensions = { health_check = { endpoint = "$${env:MY_POD_IP}:13133" } }

    receivers = merge(
      local.own_metrics.receivers,
      local.kafka,
      { otlp = { protocols = { grpc = { endpoint = "$${env:MY_POD_IP}:4317", tls = local.server_tls["collector"] } } } },
      { for name, receiver in local.heartbeat.receivers : name => receiver if var.heartbeat != null },
    )

    processors = {
      memory_limiter = { check_interval = "1s", limit_percentage = 80, spike_limit_percentage = 20 }
      batch          = { send_batch_size = 8192, timeout = "1s" }
      resource       = { attributes = [{ key = "k8s.cluster.name", value = var.cluster, action = "upsert" }] }

      # Pod, namespace, workload: by the address that the data came from, or the pod's id where an agent sent it.
      k8sattributes = {
        extract         = { metadata = ["k8s.namespace.name", "k8s.pod.name", "k8s.pod.uid", "k8s.node.name", "k8s.deployment.name", "k8s.statefulset.name", "k8s.daemonset.name", "k8s.container.name"] }
        pod_association = [{ sources = [{ from = "resource_attribute", name = "k8s.pod.uid" }] }, { sources = [{ from = "connection" }] }]
      }

      # What must not be kept, whoever sent it.
      redaction = {
        allow_all_keys       = true
        blocked_values       = var.redact
        summary              = "silent"
        blocked_key_patterns = ["(?i).*(password|passwd|secret|api[_-]?key|authorization|cookie).*"]
      }
    }

    exporters = merge(
      {
        "otlp/tempo" = merge(local.patience, {
          endpoint = "${var.endpoints.tempo.host}:${var.endpoints.tempo.port}"
          tls      = merge(local.client_tls["collector"], { server_name_override = var.endpoints.tempo.server_name })
        })
        "otlphttp/loki" = merge(local.patience, {
          endpoint = "https://${var.endpoints.loki.host}:${var.endpoints.loki.port}/otlp"
          tls      = merge(local.client_tls["collector"], { server_name_override = var.endpoints.loki.server_name })
        })
        prometheusremotewrite = {
          endpoint                         = "https://${var.endpoints.metrics.host}:${var.endpoints.metrics.port}${var.endpoints.metrics.path}"
          headers                          = var.endpoints.metrics.headers
          tls                              = merge(local.client_tls["collector"], { server_name_override = var.endpoints.metrics.server_name })
          resource_to_telemetry_conversion = { enabled = false }
          external_labels                  = { cluster = var.cluster }
          retry_on_failure                 = local.patience.retry_on_failure
          remote_write_queue               = { enabled = true, queue_size = var.queue_size, num_consumers = 5 }
        }
      },
      local.heartbeat.exporters,
    )

    service = {
      extensions = ["health_check"]
      telemetry  = local.own_metrics.telemetry
      pipelines = merge(
        {
          traces  = { receivers = ["otlp"], processors = ["memory_limiter", "k8sattributes", "resource", "redaction", "batch"], exporters = ["otlp/tempo"] }
          logs    = { receivers = ["otlp"], processors = ["memory_limiter", "k8sattributes", "resource", "redaction", "batch"], exporters = ["otlphttp/loki"] }
          metrics = { receivers = concat(["otlp", "prometheus"], keys(local.kafka)), processors = ["memory_limiter", "k8sattributes", "resource", "batch"], exporters = ["prometheusremotewrite"] }
        },
        { for name, pipeline in local.heartbeat.pipelines : name => pipeline if var.heartbeat != null },
      )
    }
  }
}
