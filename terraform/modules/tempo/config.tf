# Tempo's own configuration, all of it: the chart's generated one is replaced, so that nothing rests on what the chart would choose.
# Reference: https://grafana.com/docs/tempo/latest/configuration/

locals {
  # Both sides of every connection show a certificate of the internal authority.
  server_tls = {
    cert_file        = module.mtls.files.cert
    key_file         = module.mtls.files.key
    client_ca_file   = module.mtls.files.ca
    client_auth_type = "RequireAndVerifyClientCert"
  }

  client_tls = {
    tls_enabled     = true
    tls_cert_path   = module.mtls.files.cert
    tls_key_path    = module.mtls.files.key
    tls_ca_path     = module.mtls.files.ca
    tls_server_name = var.tls.server_name
  }

  grpc_client = merge(local.client_tls, { max_recv_msg_size = 104857600, max_send_msg_size = 104857600 })
  ring        = { kvstore = { store = "memberlist" } }
  backend     = { aws = "s3", gcp = "gcs" }[var.cloud]

  object_stores = {
    s3  = { bucket = var.bucket.name, endpoint = var.bucket.endpoint, region = var.bucket.region }
    gcs = { bucket_name = var.bucket.name }
  }

  tempo_config = {
    multitenancy_enabled     = false
    stream_over_http_enabled = true

    server = {
      http_listen_port              = 3200
      grpc_listen_port              = 9095
      http_tls_config               = local.server_tls
      grpc_tls_config               = local.server_tls
      tls_min_version               = "VersionTLS12"
      grpc_server_max_recv_msg_size = 104857600
      grpc_server_max_send_msg_size = 104857600
      log_format                    = "json"
      log_level                     = "info"
    }

    # Readiness alone, without a certificate: kubelet has none to show.
    internal_server = {
      enable           = true
      http_listen_port = 3101
    }

    distributor = {
      receivers = {
        otlp = {
          protocols = {
            grpc = {
              endpoint = "0.0.0.0:4317"
              tls = {
                cert_file      = module.mtls.files.cert
                key_file       = module.mtls.files.key
                client_ca_file = module.mtls.files.ca # a client without a certificate of it is refused
                min_version    = "1.2"
              }
            }
          }
        }
      }
    }

    ingest = {
      kafka = {
        address                   = "127.0.0.1:${local.bootstrap_port}"
        topic                     = var.kafka.topic
        auto_create_topic_enabled = false
      }
    }

    block_builder = {
      partitions_per_instance = 1
      consume_cycle_duration  = "1m"
    }

    live_store = {
      ring           = local.ring
      partition_ring = local.ring
    }

    live_store_client        = { grpc_client_config = local.grpc_client }
    backend_scheduler_client = { grpc_client_config = local.grpc_client }

    querier = {
      frontend_worker = {
        frontend_address   = "tempo-query-frontend-discovery.${var.namespace}.svc:9095"
        grpc_client_config = local.grpc_client
      }
    }

    query_frontend = {
      max_outstanding_per_tenant = 2000
      search                     = { max_duration = "168h" }
      metrics                    = { max_duration = "25h" } # SLOs on traces look back a day
    }

    # The bucket is protected, its objects are not: blocks older than the retention go.
    backend_scheduler = {
      provider = {
        retention  = { interval = "1h" }
        compaction = { compaction = { block_retention = "${var.retention_days * 24}h" } }
      }
    }

    backend_worker = {
      backend_scheduler_addr = "tempo-backend-scheduler.${var.namespace}.svc:9095"
      compaction             = { block_retention = "${var.retention_days * 24}h" }
      ring                   = local.ring
    }

    metrics_generator = {
      ring = local.ring

      registry = { collection_interval = "15s", external_labels = { source = "tempo", cluster = var.cluster } }

      processor = {
        service_graphs = { dimensions = var.span_metrics.dimensions }
        span_metrics   = { dimensions = var.span_metrics.dimensions, enable_target_info = true }
      }

      storage = {
        path                           = "/var/tempo/generator/wal"
        remote_write_add_org_id_header = false

        remote_write = [{
          url            = "https://${var.remote_write.host}:${var.remote_write.port}${var.remote_write.path}"
          headers        = var.remote_write.headers
          send_exemplars = true # how a metric leads to its traces

          tls_config = {
            ca_file     = module.mtls.files.ca
            cert_file   = module.mtls.files.cert
            key_file    = module.mtls.files.key
            server_name = var.remote_write.server_name
          }
        }]
      }
    }

    storage = {
      trace = merge(
        { backend = local.backend, wal = { path = "/var/tempo/wal" } },
        { for kind, store in local.object_stores : kind => store if kind == local.backend },
      )
    }

    memberlist = merge(local.client_tls, {
      bind_addr                   = ["127.0.0.1"]
      advertise_addr              = "$${POD_IP}" # the relay, which asks for a certificate and leads to 7947 on loopback
      advertise_port              = 7946
      cluster_label               = "tempo.${var.namespace}"
      join_members                = ["tempo-gossip-ring.${var.namespace}.svc:7946"]
      abort_if_cluster_join_fails = false
      rejoin_interval             = "90s"
    })

    overrides = {
      defaults = {
        ingestion         = { rate_limit_bytes = var.limits.bytes_per_second, burst_size_bytes = var.limits.bytes_per_second * 2, max_traces_per_user = var.limits.live_traces }
        global            = { max_bytes_per_trace = var.limits.bytes_per_trace }
        compaction        = { block_retention = "${var.retention_days * 24}h" }
        metrics_generator = { processors = ["service-graphs", "span-metrics"], max_active_series = var.span_metrics.max_series }
      }
    }

    usage_report = { reporting_enabled = false }
  }
}
