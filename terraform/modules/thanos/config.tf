# Application configuration as typed data.

locals {
  ports = {
    http         = 10902
    grpc         = 10901
    remote_write = 19291
    tunnel       = 19092
  }

  # Names as the chart makes them of the release's.
  hosts = {
    query          = "thanos-query.${var.namespace}.svc"
    query_frontend = "thanos-query-frontend.${var.namespace}.svc"
    receive        = "thanos-receive.${var.namespace}.svc"
    store          = "thanos-storegateway.${var.namespace}.svc"
    ruler          = "thanos-ruler.${var.namespace}.svc"
  }

  files = module.sidecar.files

  web_config = {
    tls_server_config = {
      cert_file        = local.files.cert
      key_file         = local.files.key
      client_ca_file   = local.files.ca
      client_auth_type = "RequireAndVerifyClientCert"
      min_version      = "TLS12"
    }
  }

  # No keys: S3's come with the pod's identity, Google's are found by its library.
  objstore_configs = {
    aws = jsonencode({ type = "S3", config = { bucket = var.bucket.name, endpoint = var.bucket.endpoint, region = var.bucket.region, aws_sdk_auth = true } })
    gcp = jsonencode({ type = "GCS", config = { bucket = var.bucket.name } })
  }

  objstore_config = jsondecode(local.objstore_configs[var.cloud])

  client_config = {
    tls_config = { enabled = true, cert_file = local.files.cert, key_file = local.files.key, ca_file = local.files.ca }
  }

  # Each replica of our own is found by the names that the chart's services have.
  own_stores = {
    for name, service in { receive = "thanos-receive-headless", store = "thanos-storegateway", ruler = "thanos-ruler-headless" } :
    name => { address = "dnssrv+_grpc._tcp.${service}.${var.namespace}.svc.cluster.local", server_name = var.tls.server_name }
  }

  other_stores = { for name, store in var.stores : name => { address = "dns+${store.host}:${store.port}", server_name = store.server_name } }

  # Each store with the name that its certificate is for: an address alone would be checked by its IP.
  endpoints_config = {
    endpoints = [
      for name, store in merge(local.own_stores, local.other_stores) : {
        address       = store.address
        client_config = merge(local.client_config, { server_name = store.server_name })
      }
    ]
  }

  tripper_config = {
    tls_config = { cert_file = local.files.cert, key_file = local.files.key, ca_file = local.files.ca, server_name = var.tls.server_name }
  }

  cache_config = { type = "IN-MEMORY", config = { max_size = "512MB", max_size_items = 0, validity = "0s" } }

  # A tenant's active series are counted by a query over the receivers' own metrics.
  limits_config = {
    write = {
      global = {
        max_concurrency             = var.limits.concurrent_calls
        meta_monitoring_url         = "https://${local.hosts.query}:${local.ports.http}"
        meta_monitoring_limit_query = "sum(prometheus_tsdb_head_series) by (tenant) / 3"
        meta_monitoring_http_client = { tls_config = local.tripper_config.tls_config }
      }
      default = {
        head_series_limit = var.limits.series
        request = {
          series_limit     = var.limits.request_series
          samples_limit    = var.limits.request_samples
          size_bytes_limit = var.limits.request_bytes
        }
      }
      tenants = { for name, tenant in var.limits.tenants : name => { head_series_limit = tenant.series } }
    }
  }

  alertmanagers_config = {
    alertmanagers = [{
      scheme         = "https"
      static_configs = ["dns+${var.alertmanager.host}:${var.alertmanager.port}"]
      api_version    = "v2"
      timeout        = "5s"
      http_config    = { tls_config = merge(local.tripper_config.tls_config, { server_name = var.alertmanager.server_name }) }
    }]
  }
}
