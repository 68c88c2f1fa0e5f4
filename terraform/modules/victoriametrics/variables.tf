variable "namespace" {
  description = "Namespace of VictoriaMetrics. It must exist (module namespace-baseline)."
  type        = string
  default     = "victoriametrics"
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
  description = "Zones of the cluster. Replicas are spread over them, so that both copies of a sample are not in one."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(distinct(var.zones)) >= 2
    error_message = "There is one zone only: both copies of a sample would be in it. List all."
  }
}

variable "priority_class" {
  description = "PriorityClass of monitoring (module namespace-baseline)."
  type        = string
  nullable    = false
}

variable "tls" {
  description = "VictoriaMetrics' certificate, as module certificates outputs it: the secret with `tls.crt`, `tls.key` and `ca.crt`, and the DNS name that it is for."
  type        = object({ secret_name = string, server_name = string })
  nullable    = false
}

variable "identity" {
  description = "The service account and the annotations that bind it to the cloud identity that may write the backups."
  type = object({
    service_account = string
    annotations     = map(string)
  })
  nullable = false
}

variable "bucket" {
  description = "Bucket of the backups, as the cluster root's output `buckets` describes it (`backups`)."
  type        = object({ name = string })
  nullable    = false
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
  description = "Replicas and resources of each part, as module sizing computes them. CPU and memory are Kubernetes quantities; `insert` stores nothing, `select` a cache."
  type = object({
    insert  = object({ replicas = number, cpu = string, memory = string })
    select  = object({ replicas = number, cpu = string, memory = string })
    storage = object({ replicas = number, cpu = string, memory = string, storage_gb = number })
  })
  nullable = false

  validation {
    condition     = var.sizing.storage.replicas >= 3 && var.sizing.storage.replicas <= 9
    error_message = "sizing.storage.replicas is not between 3 and 9: with fewer, one that is away leaves no place for second copies; each is a tunnel in every other pod, so that more than nine want another design."
  }

  validation {
    condition     = var.sizing.insert.replicas >= 2 && var.sizing.select.replicas >= 2
    error_message = "insert or select has one replica only. Give each of them two, or a restart loses writes or dashboards."
  }
}

variable "retention_days" {
  description = "Days that samples are kept. These are metrics of many series: short."
  type        = number
  default     = 14
  nullable    = false

  validation {
    condition     = var.retention_days >= 1 && var.retention_days <= 93
    error_message = "retention_days is not between 1 and 93. What must be kept longer has no business among high-cardinality metrics."
  }
}

variable "limits" {
  description = "How many new series each storage node takes in an hour and a day; samples of series beyond are dropped, and counted in `vm_hourly_series_limit_rows_dropped_total` and its like."
  type = object({
    hourly_series = optional(number, 1000000)
    daily_series  = optional(number, 3000000)
    labels        = optional(number, 40)
  })
  default  = {}
  nullable = false

  validation {
    condition     = min(var.limits.hourly_series, var.limits.labels) > 0 && var.limits.daily_series >= var.limits.hourly_series
    error_message = "A limit is 0, which means none, or a day has fewer series than an hour. Give hourly_series <= daily_series."
  }
}
