variable "namespace" {
  description = "Namespace of all of Thanos. It must exist (module namespace-baseline)."
  type        = string
  default     = "thanos"
  nullable    = false
}

variable "scheduling" {
  description = "Where monitoring pods run: the cluster root's output `monitoring_scheduling`."
  type = object({
    node_selector = map(string)
    tolerations = list(object({
      key      = string
      operator = string
      value    = string
      effect   = string
    }))
  })
  nullable = false
}

variable "zones" {
  description = "Zones of the cluster. Replicas are spread over them, so that each sample is in three."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.zones) >= 3
    error_message = "There are fewer than three zones: three copies of a sample would not be in three places. List three."
  }
}

variable "priority_class" {
  description = "PriorityClass of monitoring (module namespace-baseline)."
  type        = string
  nullable    = false
}

variable "tls" {
  description = "Thanos' certificate, as module certificates outputs it: the secret with `tls.crt`, `tls.key` and `ca.crt`, and the DNS name that it is for."
  type        = object({ secret_name = string, server_name = string })
  nullable    = false
}

variable "identity" {
  description = "The service account and the annotations that bind it to the cloud identity that may read and write the bucket."
  type = object({
    service_account = string
    annotations     = map(string)
  })
  nullable = false
}

variable "bucket" {
  description = "Bucket of the blocks, as the cluster root's output `buckets` describes it (`metrics`). It is reached by workload identity: there are no keys."
  type = object({
    name     = string
    endpoint = string
    region   = string
  })
  nullable = false
}

variable "cloud" {
  description = "`aws` (S3) or `gcp` (Google Cloud Storage)."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["aws", "gcp"], var.cloud)
    error_message = "cloud is neither \"aws\" nor \"gcp\"."
  }
}

variable "sizing" {
  description = "Replicas and resources of each part, as module sizing computes them. CPU and memory are Kubernetes quantities; query and query_frontend store nothing."
  type = object({
    receive        = object({ replicas = number, cpu = string, memory = string, storage_gb = number })
    query          = object({ replicas = number, cpu = string, memory = string })
    query_frontend = object({ replicas = number, cpu = string, memory = string })
    store          = object({ replicas = number, cpu = string, memory = string, storage_gb = number })
    compactor      = object({ cpu = string, memory = string, storage_gb = number })
    ruler          = object({ replicas = number, cpu = string, memory = string, storage_gb = number })
  })
  nullable = false

  validation {
    condition     = var.sizing.receive.replicas >= 3
    error_message = "There are fewer than three receivers, and each sample is written to three. Give sizing.receive.replicas = 3 or more."
  }

  validation {
    condition     = alltrue([for part in [var.sizing.query, var.sizing.query_frontend, var.sizing.store, var.sizing.ruler] : part.replicas >= 2])
    error_message = "query, query_frontend, store or ruler has one replica only. Give each of them two, or a restart makes dashboards dark."
  }
}

variable "retention_days" {
  description = "Days that samples are kept: as they came, in steps of five minutes, and of an hour. Downsampling happens after 40 hours and 10 days."
  type = object({
    raw          = optional(number, 60)
    five_minutes = optional(number, 180)
    hour         = optional(number, 730)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.retention_days.raw >= 35
    error_message = "retention_days.raw is below 35: error budgets of 30 days are replayed from raw samples. Give 35 or more."
  }

  validation {
    condition     = var.retention_days.five_minutes >= var.retention_days.raw && var.retention_days.hour >= var.retention_days.five_minutes
    error_message = "A coarser resolution is kept for less time than a finer one, which would leave a gap. Give raw <= five_minutes <= hour."
  }
}

variable "stores" {
  description = "Store APIs that are asked besides our own receivers, stores and rulers, by name: the sidecars of Prometheus, and the queries of other clusters and regions. `host` is resolved to all of its addresses."
  type = map(object({
    host        = string
    port        = number
    server_name = string
  }))
  nullable = false

  validation {
    condition     = length(setintersection(keys(var.stores), ["receive", "store", "ruler"])) == 0
    error_message = "A store is named receive, store or ruler, which are this module's own. Name it by its cluster."
  }
}

variable "alertmanager" {
  description = "Alertmanager's endpoint (module prometheus), where the ruler's alerts go."
  type        = object({ host = string, port = number, server_name = string })
  nullable    = false
}

variable "rules" {
  description = "Rule files of the ruler by file name, as text: rules that need several clusters' series. Everything else is evaluated by Prometheus, which does not need Thanos to page."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name, text in var.rules : endswith(name, ".yaml") && can(yamldecode(text).groups)])
    error_message = "A rule file is not named *.yaml, or has no groups."
  }
}

variable "limits" {
  description = "What a tenant may write: active series, series and samples of one request, bytes of one request. `tenants` has others for some."
  type = object({
    series           = optional(number, 2000000)
    request_series   = optional(number, 10000)
    request_samples  = optional(number, 20000)
    request_bytes    = optional(number, 8388608)
    concurrent_calls = optional(number, 60)
    tenants          = optional(map(object({ series = number })), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = min(var.limits.series, var.limits.request_series, var.limits.request_samples, var.limits.request_bytes, var.limits.concurrent_calls) > 0
    error_message = "A limit is 0, which means none: one tenant could then stop all. Give a number."
  }

  validation {
    condition     = alltrue([for tenant in values(var.limits.tenants) : tenant.series > 0])
    error_message = "A tenant's limit is 0, which means none. Give a number, or leave the tenant out."
  }
}
