variable "namespace" {
  description = "Namespace of the release. Roles in the cloud are bound to it (`terraform/environments/components.yaml`)."
  type        = string
  default     = "loki"
  nullable    = false
}

variable "cloud" {
  description = "Where the bucket is: `aws` or `gcp`."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["aws", "gcp"], var.cloud)
    error_message = "cloud is neither \"aws\" nor \"gcp\"."
  }
}

variable "bucket" {
  description = "The bucket of logs, as the cluster root puts it out: name, endpoint and region."
  type = object({
    name     = string
    endpoint = string
    region   = string
  })
  nullable = false
}

variable "retention_days" {
  description = "How long a log line is kept. The compactor deletes it after that; nobody can query farther back."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.retention_days >= 1 && var.retention_days <= 3650 && floor(var.retention_days) == var.retention_days
    error_message = "retention_days is not a whole number of days between 1 and 3650."
  }
}

variable "labels" {
  description = "Resource attributes that become labels. Each combination of their values is a stream, so only those with few values: trace, span and pod ids are structured metadata."
  type        = list(string)
  default     = ["service.name", "service.namespace", "deployment.environment.name", "k8s.cluster.name", "k8s.namespace.name", "k8s.container.name"]
  nullable    = false

  validation {
    condition     = length(var.labels) > 0 && length(var.labels) <= 15
    error_message = "There are not 1 to 15 labels. Loki refuses streams with more than 15."
  }

  validation {
    condition     = length(setintersection(var.labels, ["trace_id", "span_id", "k8s.pod.name", "k8s.pod.uid", "service.instance.id"])) == 0
    error_message = "A label has a value of its own for every trace or pod: each would be a stream. Leave it out; it is structured metadata, and can be queried as such."
  }
}

variable "limits" {
  description = "How much is taken in: megabytes a second over all distributors (twice that for moments), and streams at a time. More is refused with 429 and the collectors try again."
  type = object({
    ingestion_mb_per_second = optional(number, 32)
    streams                 = optional(number, 50000)
  })
  default  = {}
  nullable = false

  validation {
    condition     = min(var.limits.ingestion_mb_per_second, var.limits.streams) > 0
    error_message = "A limit is 0 or less: Loki would take that for none, or for nothing at all. Leave it out for the default, or give what is sent at the busiest time."
  }
}

variable "tls" {
  description = "Certificate of Loki's pods, for serving and for calling, as module certificates outputs it: the secret with `tls.crt`, `tls.key` and `ca.crt`, and the DNS name that it is for."
  type        = object({ secret_name = string, server_name = string })
  nullable    = false
}

variable "scheduling" {
  description = "Node selector and tolerations of the monitoring pools (output `monitoring_scheduling` of the cluster root)."
  type = object({
    node_selector = map(string)
    tolerations = list(object({
      key      = string
      operator = optional(string, "Equal")
      value    = optional(string)
      effect   = optional(string)
    }))
  })
  nullable = false
}

variable "zones" {
  description = "The three zones; each has a set of ingesters of its own."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(distinct(var.zones)) == 3
    error_message = "There are not three different zones: three copies of each line need three, so that one may fail."
  }
}

variable "priority_class" {
  description = "PriorityClass of the pods."
  type        = string
  nullable    = false
}

variable "identity" {
  description = "Service account and the annotations that bind it to the role with access to the bucket (output `service_accounts` of the cluster root)."
  type = object({
    service_account = string
    annotations     = map(string)
  })
  nullable = false
}

variable "sizing" {
  description = "Replicas, requests and disks by part (module sizing computes them). Memory is request and limit. Ingesters are spread evenly over the three zones."
  type = object({
    distributor     = optional(object({ replicas = optional(number, 3), cpu = optional(string, "500m"), memory = optional(string, "1Gi") }), {})
    ingester        = optional(object({ replicas = optional(number, 3), cpu = optional(string, "1"), memory = optional(string, "4Gi"), storage_gb = optional(number, 50) }), {})
    querier         = optional(object({ replicas = optional(number, 3), cpu = optional(string, "1"), memory = optional(string, "2Gi") }), {})
    query_frontend  = optional(object({ replicas = optional(number, 2), cpu = optional(string, "250m"), memory = optional(string, "1Gi") }), {})
    query_scheduler = optional(object({ replicas = optional(number, 2), cpu = optional(string, "100m"), memory = optional(string, "256Mi") }), {})
    index_gateway   = optional(object({ replicas = optional(number, 2), cpu = optional(string, "250m"), memory = optional(string, "1Gi"), storage_gb = optional(number, 20) }), {})
    compactor       = optional(object({ cpu = optional(string, "500m"), memory = optional(string, "2Gi"), storage_gb = optional(number, 20) }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.sizing.ingester.replicas >= 3 && var.sizing.ingester.replicas % 3 == 0
    error_message = "The number of ingesters is not a multiple of three. Each zone has as many as the others: give 3, 6, 9…"
  }

  validation {
    condition = alltrue([
      for part in [var.sizing.distributor, var.sizing.querier, var.sizing.query_frontend, var.sizing.query_scheduler, var.sizing.index_gateway] : part.replicas >= 2
    ])
    error_message = "A part has fewer than 2 replicas: one node's failure would stop it. Give at least 2."
  }
}
