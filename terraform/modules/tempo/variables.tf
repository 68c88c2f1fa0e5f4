variable "namespace" {
  description = "Namespace of the release. Roles in the cloud are bound to it (`terraform/environments/components.yaml`)."
  type        = string
  default     = "tempo"
  nullable    = false
}

variable "cluster" {
  description = "Label `cluster` of the metrics that are made from spans."
  type        = string
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
  description = "The bucket of traces, as the cluster root puts it out: name, endpoint and region."
  type = object({
    name     = string
    endpoint = string
    region   = string
  })
  nullable = false
}

variable "kafka" {
  description = "Kafka's listener for Tempo (output `loopback` of module kafka): its bootstrap address, its brokers in the order of their ids, and the topic with its partitions. The listener advertises broker 0 as 127.0.0.1:19090, broker 1 as 127.0.0.1:19091 and so on, where Tempo's sidecars wait."
  type = object({
    bootstrap  = object({ host = string, port = number, server_name = string })
    brokers    = list(object({ host = string, port = number, server_name = string }))
    topic      = optional(string, "tempo-traces")
    partitions = optional(number, 3)
  })
  nullable = false

  validation {
    condition     = length(var.kafka.brokers) >= 3
    error_message = "There are fewer than three brokers: spans are acknowledged by two of three copies. List all brokers of the cluster."
  }

  validation {
    condition     = var.kafka.partitions >= 3
    error_message = "There are fewer than three partitions. There is a live store and a block builder for each: give one a zone at least."
  }
}

variable "remote_write" {
  description = "Where metrics from spans go: an endpoint that takes Prometheus' remote write (module thanos, `receive`), with headers such as the tenant's."
  type = object({
    host        = string
    port        = number
    server_name = string
    path        = optional(string, "/api/v1/receive")
    headers     = optional(map(string), {})
  })
  nullable = false
}

variable "retention_days" {
  description = "How long a trace is kept."
  type        = number
  default     = 14
  nullable    = false

  validation {
    condition     = var.retention_days >= 1 && var.retention_days <= 365 && floor(var.retention_days) == var.retention_days
    error_message = "retention_days is not a whole number of days between 1 and 365."
  }
}

variable "span_metrics" {
  description = "RED metrics and service graph from spans: attributes that become labels besides service, span name, kind and status, and how many series one generator makes at most."
  type = object({
    dimensions = optional(list(string), ["service.namespace", "deployment.environment.name"])
    max_series = optional(number, 60000)
  })
  default  = {}
  nullable = false

  validation {
    condition     = length(setintersection(var.span_metrics.dimensions, ["http.target", "url.full", "url.path", "k8s.pod.name", "service.instance.id"])) == 0
    error_message = "A dimension has no bound to its values: each would be a series. Leave it out, and look into traces for it (TraceQL)."
  }
}

variable "limits" {
  description = "How much is taken in: bytes of spans a second over all distributors (twice that for moments), traces at a time, and bytes of one trace."
  type = object({
    bytes_per_second = optional(number, 30000000)
    live_traces      = optional(number, 100000)
    bytes_per_trace  = optional(number, 20000000)
  })
  default  = {}
  nullable = false

  validation {
    condition     = min(var.limits.bytes_per_second, var.limits.live_traces, var.limits.bytes_per_trace) > 0
    error_message = "A limit is 0 or less: Tempo would take that for none. Leave it out for the default, or give what is sent at the busiest time."
  }
}

variable "tls" {
  description = "Certificate of Tempo's pods, for serving and for calling, Kafka included, as module certificates outputs it: the secret with `tls.crt`, `tls.key` and `ca.crt`, and the DNS name that it is for."
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
  description = "Replicas, requests and disks by part (module sizing computes them). Memory is request and limit. Live stores and block builders are as many as Kafka's partitions."
  type = object({
    distributor       = optional(object({ replicas = optional(number, 3), cpu = optional(string, "500m"), memory = optional(string, "1Gi") }), {})
    live_store        = optional(object({ cpu = optional(string, "500m"), memory = optional(string, "4Gi") }), {})
    block_builder     = optional(object({ cpu = optional(string, "500m"), memory = optional(string, "2Gi") }), {})
    metrics_generator = optional(object({ replicas = optional(number, 3), cpu = optional(string, "500m"), memory = optional(string, "2Gi"), storage_gb = optional(number, 10) }), {})
    querier           = optional(object({ replicas = optional(number, 2), cpu = optional(string, "500m"), memory = optional(string, "2Gi") }), {})
    query_frontend    = optional(object({ replicas = optional(number, 2), cpu = optional(string, "250m"), memory = optional(string, "1Gi") }), {})
    backend_scheduler = optional(object({ cpu = optional(string, "100m"), memory = optional(string, "512Mi"), storage_gb = optional(number, 5) }), {})
    backend_worker    = optional(object({ replicas = optional(number, 2), cpu = optional(string, "500m"), memory = optional(string, "2Gi") }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for part in [var.sizing.distributor, var.sizing.metrics_generator, var.sizing.querier, var.sizing.query_frontend, var.sizing.backend_worker] : part.replicas >= 2
    ])
    error_message = "A part has fewer than 2 replicas: one node's failure would stop it. Give at least 2."
  }
}
