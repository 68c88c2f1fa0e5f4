# Loki's own configuration, all of it: the chart's generated one is replaced, so that nothing rests on what the chart would choose.
# Reference: https://grafana.com/docs/loki/latest/configure/

locals {
  # Both sides of every connection show a certificate of the internal authority.
  server_tls = {
    cert_file        = module.tls.files.cert
    key_file         = module.tls.files.key
    client_ca_file   = module.tls.files.ca
    client_auth_type = "RequireAndVerifyClientCert"
  }

  client_tls = {
    tls_cert_path   = module.tls.files.cert
    tls_key_path    = module.tls.files.key
    tls_ca_path     = module.tls.files.ca
    tls_server_name = var.tls.server_name
  }

  grpc_client = merge(local.client_tls, { tls_enabled = true, max_recv_msg_size = 104857600, max_send_msg_size = 104857600 })

  store = { aws = "s3", gcp = "gcs" }[var.cloud]

  object_stores = {
    s3  = { bucket_name = var.bucket.name, endpoint = var.bucket.endpoint, region = var.bucket.region }
    gcs = { bucket_name = var.bucket.name }
  }

  memberlist_ring = { kvstore = { store = "memberlist" } }

  loki_config = {
    auth_enabled = false

    server = {
      http_listen_port              = 3100
      grpc_listen_port              = 9095
      http_tls_config               = local.server_tls
      grpc_tls_config               = local.server_tls
      tls_min_version               = "VersionTLS12"
      grpc_server_max_recv_msg_size = 104857600
      grpc_server_max_send_msg_size = 104857600
      http_server_read_timeout      = "10m"
      http_server_write_timeout     = "10m"
      log_format                    = "json"
      log_level                     = "info"
      graceful_shutdown_timeout     = "30s"
      http_server_idle_timeout      = "2m"
    }

    # Readiness alone, without a certificate: kubelet has none to show.
    internal_server = {
      enable           = true
      http_listen_port = 3101
    }

    common = {
      path_prefix            = "/var/loki"
      replication_factor     = 3
      compactor_grpc_address = "loki-compactor.${var.namespace}.svc:9095"
      ring                   = local.memberlist_ring
    }

    memberlist = merge(local.client_tls, {
      tls_enabled     = true
      bind_addr       = ["127.0.0.1"]
      bind_port       = 7947
      advertise_addr  = "$${POD_IP}" # the relay, which asks for a certificate and leads to the port above
      advertise_port  = 7946
      cluster_label   = "loki.${var.namespace}"
      join_members    = ["loki-memberlist.${var.namespace}.svc:7946"]
      rejoin_interval = "90s"
    })

    # Three copies, one a zone: a zone may go, and writing and reading go on.
    ingester = {
      lifecycler = { ring = merge(local.memberlist_ring, { replication_factor = 3, zone_awareness_enabled = true }) }
      wal        = { enabled = true, dir = "/var/loki/wal", flush_on_shutdown = true }
    }

    ingester_client       = { grpc_client_config = local.grpc_client }
    compactor_grpc_client = local.grpc_client
    query_scheduler       = { grpc_client_config = local.grpc_client, max_outstanding_requests_per_tenant = 32000 }

    frontend = {
      scheduler_address       = "loki-query-scheduler-headless.${var.namespace}.svc:9095"
      grpc_client_config      = local.grpc_client
      compress_responses      = true
      log_queries_longer_than = "10s"
      tail_proxy_url          = "https://loki-querier.${var.namespace}.svc:3100"
      tail_tls_config         = local.client_tls
    }

    frontend_worker = {
      scheduler_address  = "loki-query-scheduler-headless.${var.namespace}.svc:9095"
      grpc_client_config = local.grpc_client
    }

    query_range = {
      align_queries_with_step = true
      cache_results           = true
      results_cache           = { cache = { embedded_cache = { enabled = true, max_size_mb = 256 } } }
    }

    schema_config = {
      configs = [{
        from         = "2025-01-01"
        store        = "tsdb"
        schema       = "v13"
        object_store = local.store
        index        = { prefix = "index_", period = "24h" }
      }]
    }

    storage_config = {
      use_thanos_objstore = true
      object_store        = { for kind, store in local.object_stores : kind => store if kind == local.store }

      tsdb_shipper = {
        active_index_directory = "/var/loki/index"
        cache_location         = "/var/loki/index-cache"

        index_gateway_client = {
          server_address     = "dns+loki-index-gateway-headless.${var.namespace}.svc:9095"
          grpc_client_config = local.grpc_client
        }
      }
    }

    # The bucket is protected, its objects are not: what is older than the retention goes.
    compactor = {
      working_directory    = "/var/loki/compactor"
      retention_enabled    = true
      delete_request_store = local.store
      compaction_interval  = "10m"
    }

    limits_config = {
      retention_period             = "${var.retention_days * 24}h"
      max_query_lookback           = "${var.retention_days * 24}h"
      allow_structured_metadata    = true
      max_structured_metadata_size = "64KB"
      volume_enabled               = true
      reject_old_samples           = true
      reject_old_samples_max_age   = "24h"
      creation_grace_period        = "10m"
      split_queries_by_interval    = "15m"
      query_timeout                = "5m"
      ingestion_rate_mb            = var.limits.ingestion_mb_per_second
      ingestion_burst_size_mb      = var.limits.ingestion_mb_per_second * 2
      max_global_streams_per_user  = var.limits.streams
      max_label_names_per_series   = 15
      max_line_size                = "256KB"
      max_line_size_truncate       = true

      # A label makes a stream; whatever has many values (pod, trace and span ids) is structured metadata instead.
      otlp_config = {
        resource_attributes = {
          ignore_defaults   = true
          attributes_config = [{ action = "index_label", attributes = var.labels }]
        }
      }
    }

    analytics = { reporting_enabled = false }
  }
}
