variable "namespace" {
  description = "Namespace of the collector. Its role in the cloud is bound to it (`terraform/environments/components.yaml`)."
  type        = string
  default     = "collectors"
  nullable    = false
}

variable "agents_namespace" {
  description = "Namespace of the log agent, which reads the nodes' files and so more than Pod Security `restricted` allows."
  type        = string
  default     = "agents"
  nullable    = false
}

variable "cluster" {
  description = "Attribute `k8s.cluster.name` of everything that passes, and label `cluster` of metrics."
  type        = string
  nullable    = false
}

variable "endpoints" {
  description = "Where data goes: spans (module tempo, `push`), logs (module loki, `push`), metrics by remote write (module thanos, `receive`, with the tenant's header)."
  type = object({
    tempo = object({ host = string, port = number, server_name = string })
    loki  = object({ host = string, port = number, server_name = string })
    metrics = object({
      host        = string
      port        = number
      server_name = string
      path        = optional(string, "/api/v1/receive")
      headers     = optional(map(string), {})
    })
  })
  nullable = false
}

variable "heartbeat" {
  description = "On Google Cloud the topic of the heartbeat (output `heartbeat` of the cluster root): Alertmanager cannot publish there, the collector does it for it. Null where Alertmanager sends by itself."
  type = object({
    project = string
    topic   = string
  })
  default = null

  validation {
    condition     = var.heartbeat == null || can(regex("^projects/[^/]+/topics/[^/]+$", var.heartbeat.topic))
    error_message = "heartbeat.topic is not a topic's id. Write it as in \"projects/acme-staging/topics/ballast-staging-heartbeat\"."
  }
}

variable "kafka" {
  description = "Kafka's endpoint (output `endpoints` of module kafka, `bootstrap`), whose brokers, offsets and lag are measured; the certificate's common name needs `observes` there. Null where there is no Kafka."
  type        = object({ host = string, port = number, server_name = string })
  default     = null
}

variable "redact" {
  description = "Regular expressions of values that are masked in spans and logs, besides everything whose key names a password, secret, API key, authorization or cookie."
  type        = list(string)
  default     = ["\\b[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}\\b", "eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]+"]
  nullable    = false

  validation {
    condition     = alltrue([for pattern in var.redact : can(regexall(pattern, ""))])
    error_message = "A pattern in redact is no regular expression (RE2)."
  }
}

variable "queue_size" {
  description = "Batches that wait in memory for a store that does not answer, for each store and collector."
  type        = number
  default     = 1000
  nullable    = false

  validation {
    condition     = var.queue_size >= 100 && var.queue_size <= 100000
    error_message = "queue_size is not between 100 and 100000."
  }
}

variable "tls" {
  description = "Certificates of `collector` and `agent` (the agent's secret is in its own namespace), as module certificates outputs them: the secret with `tls.crt`, `tls.key` and `ca.crt`, and the DNS name that it is for."
  type        = map(object({ secret_name = string, server_name = string }))
  nullable    = false

  validation {
    condition     = toset(keys(var.tls)) == toset(["agent", "collector"])
    error_message = "tls does not have exactly the keys agent and collector."
  }
}

variable "scheduling" {
  description = "Node selector and tolerations of the monitoring pools (output `monitoring_scheduling` of the cluster root). Agents run on every node."
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
  description = "Service account of the collector and the annotations that bind it to its role (output `service_accounts` of the cluster root): it publishes the heartbeat on Google Cloud."
  type = object({
    service_account = string
    annotations     = map(string)
  })
  nullable = false
}

variable "sizing" {
  description = "Replicas and requests (module sizing computes them). Memory is request and limit."
  type = object({
    collector = optional(object({ replicas = optional(number, 3), cpu = optional(string, "500m"), memory = optional(string, "1Gi") }), {})
    agent     = optional(object({ cpu = optional(string, "100m"), memory = optional(string, "256Mi") }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.sizing.collector.replicas >= 2
    error_message = "There are fewer than 2 collectors: one node's failure would lose spans. Give at least 2."
  }
}
