variable "namespace" {
  description = "Namespace of Prometheus, Alertmanager, their operator, kube-state-metrics and the blackbox exporter. It must exist (module namespace-baseline)."
  type        = string
  default     = "prometheus"
  nullable    = false
}

variable "agents_namespace" {
  description = "Namespace of the node exporter, which needs the host and so more than Pod Security `restricted` allows."
  type        = string
  default     = "agents"
  nullable    = false
}

variable "cluster" {
  description = "Name of the monitored cluster: the external label `cluster` of every series and alert."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,38}[a-z0-9]$", var.cluster))
    error_message = "The cluster's name is not 3 to 40 lowercase letters, digits and hyphens that start with a letter. Take the cluster root's."
  }
}

variable "tenant" {
  description = "Tenant of Thanos Receive that these series belong to; its limits are set in module thanos."
  type        = string
  default     = "platform"
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
  description = "Zones of the cluster. Replicas are spread over them."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.zones) >= 3
    error_message = "There are fewer than three zones: with one of them gone, a mesh of three Alertmanagers would lose more than one. List three."
  }
}

variable "priority_class" {
  description = "PriorityClass of the page path (module namespace-baseline)."
  type        = string
  nullable    = false
}

variable "tls" {
  description = "Certificates by user, as module certificates outputs them: the secret with `tls.crt`, `tls.key` and `ca.crt`, and the DNS name that the certificate is for. The node exporter's is in the agents' namespace."
  type = object({
    prometheus    = object({ secret_name = string, server_name = string })
    alertmanager  = object({ secret_name = string, server_name = string })
    exporters     = object({ secret_name = string, server_name = string })
    node_exporter = object({ secret_name = string, server_name = string })
  })
  nullable = false
}

variable "identity" {
  description = "Alertmanager's service account and the annotations that bind it to its cloud identity, which may send the heartbeat."
  type = object({
    service_account = string
    annotations     = map(string)
  })
  nullable = false
}

variable "sizing" {
  description = "Replicas and resources, as module sizing computes them. CPU and memory are Kubernetes quantities."
  type = object({
    prometheus = object({
      replicas   = number
      cpu        = string
      memory     = string
      storage_gb = number
    })
    alertmanager = object({
      replicas   = number
      cpu        = string
      memory     = string
      storage_gb = number
    })
  })
  nullable = false

  validation {
    condition     = var.sizing.prometheus.replicas >= 2
    error_message = "There are fewer than two Prometheus: nothing would page while one restarts. Give sizing.prometheus.replicas = 2."
  }

  validation {
    condition     = var.sizing.alertmanager.replicas >= 3
    error_message = "There are fewer than three Alertmanagers: with one down and one restarting nothing would page. Give sizing.alertmanager.replicas = 3."
  }
}

variable "retention_days" {
  description = "Days of samples on Prometheus' own disks. Rules of SLOs look back over the SLO's window, up to 30 days; everything older is in Thanos."
  type        = number
  default     = 32
  nullable    = false

  validation {
    condition     = var.retention_days >= 31 && var.retention_days <= 93
    error_message = "retention_days is not between 31 and 93: error budgets look back 30 days here, and older samples are Thanos' matter."
  }
}

variable "scrape_interval" {
  description = "How often targets are scraped and rules without an interval of their own are evaluated. Pages must arrive within 30 seconds."
  type        = string
  default     = "5s"
  nullable    = false

  validation {
    condition     = can(regex("^([1-9]|10)s$", var.scrape_interval))
    error_message = "scrape_interval is not between 1s and 10s: with more, a page comes later than 30 seconds after what it is about."
  }
}

variable "limits" {
  description = "What one scrape may bring at most: samples, labels a series, bytes of a label's name and value; and targets a job. A target beyond is not scraped, and `up` of it is 0."
  type = object({
    samples            = optional(number, 50000)
    labels             = optional(number, 40)
    label_name_length  = optional(number, 128)
    label_value_length = optional(number, 1024)
    targets            = optional(number, 2000)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for limit in values(var.limits) : limit > 0])
    error_message = "A limit is 0, which means none. One service with a label too many would fill every disk: give a number."
  }
}

variable "remote_write" {
  description = "Where every sample goes besides: `thanos` is the endpoint of Thanos Receive off this cluster, `victoriametrics` that of its cardinality sink; metrics whose names match one of `high_cardinality` (regular expressions, anchored) go only there."
  type = object({
    thanos           = object({ host = string, port = number, server_name = string })
    victoriametrics  = object({ host = string, port = number, server_name = string })
    high_cardinality = list(string)
  })
  nullable = false

  validation {
    condition     = alltrue([for pattern in var.remote_write.high_cardinality : can(regex("^[a-zA-Z_:]", pattern)) && can(regexall(pattern, ""))])
    error_message = "A pattern of high_cardinality is no regular expression that begins as a metric's name does. Write it as in \"http_client_.*\"."
  }

  validation {
    condition     = length(var.remote_write.high_cardinality) > 0
    error_message = "high_cardinality is empty, so VictoriaMetrics would get everything or nothing. Name at least one metric."
  }
}

variable "alertmanager_config" {
  description = "Alertmanager's configuration as `ballast generate` makes it of alerts/routing.yaml (the text of alerts/alertmanager.yaml). The receiver `heartbeat` is filled in here."
  type        = string
  nullable    = false

  validation {
    condition     = can([for receiver in yamldecode(var.alertmanager_config).receivers : receiver.name])
    error_message = "alertmanager_config is no Alertmanager configuration with receivers. Give file(\"…/alerts/alertmanager.yaml\")."
  }

  validation {
    condition     = try(contains([for receiver in yamldecode(var.alertmanager_config).receivers : receiver.name], "heartbeat"), false)
    error_message = "alertmanager_config has no receiver named heartbeat, so nobody would see that monitoring is dead. Run `ballast generate` and give alerts/alertmanager.yaml."
  }

  validation {
    condition = try(alltrue([
      for receiver in yamldecode(var.alertmanager_config).receivers :
      try(length(receiver.pagerduty_configs) > 0 && length(receiver.webhook_configs) > 0, false)
      if contains(["P1", "P2"], receiver.name)
    ]), false)
    error_message = "A receiver of P1 or P2 has one leg only. Both are needed, so that a page survives the gateway's death: see alerts/routing.yaml."
  }

  validation {
    condition     = !can(regex("(?m)^\\s*-?\\s*(routing_key|service_key|api_key|password|bearer_token):", var.alertmanager_config))
    error_message = "alertmanager_config holds a key. What Terraform knows, its state knows: name a file instead, such as routing_key_file."
  }
}

variable "pagerduty_secret" {
  description = "Secret in the namespace with PagerDuty's integration key under `routing-key` (module external-secrets makes it)."
  type        = string
  default     = "alertmanager-pagerduty"
  nullable    = false
}

variable "heartbeat" {
  description = "Where the always-firing alert goes, outside of the cluster: `sns` (destination is the topic's ARN, region its region) or `webhook` (destination is the https URL of the collector that publishes it, server_name its certificate's)."
  type = object({
    kind        = string
    destination = string
    region      = optional(string, "")
    server_name = optional(string, "")
  })
  nullable = false

  validation {
    condition     = contains(["sns", "webhook"], var.heartbeat.kind)
    error_message = "heartbeat.kind is neither \"sns\" nor \"webhook\"."
  }

  validation {
    condition     = var.heartbeat.kind != "sns" || (startswith(var.heartbeat.destination, "arn:aws:sns:") && var.heartbeat.region != "")
    error_message = "The heartbeat's SNS topic is no ARN, or has no region. Take module heartbeat-aws' destination, and the cluster's region."
  }

  validation {
    condition     = var.heartbeat.kind != "webhook" || (startswith(var.heartbeat.destination, "https://") && var.heartbeat.server_name != "")
    error_message = "The heartbeat's webhook is not https, or has no server_name. Take module collectors' endpoint."
  }
}

variable "rules" {
  description = "PrometheusRule resources by service, as text: `{ for f in fileset(\"…/alerts/rules/k8s\", \"*.yaml\") : trimsuffix(f, \".yaml\") => file(…) }`."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.rules) > 0 && alltrue([for text in values(var.rules) : try(yamldecode(text).kind, "") == "PrometheusRule"])
    error_message = "There are no rules, or one is no PrometheusRule. Give the files of alerts/rules/k8s."
  }
}

variable "probes" {
  description = "URLs that the blackbox exporter asks from within the cluster, by name. `module` is http_2xx or tcp_connect."
  type = map(object({
    url    = string
    module = optional(string, "http_2xx")
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for probe in values(var.probes) : contains(["http_2xx", "tcp_connect"], probe.module)])
    error_message = "A probe has another module than http_2xx or tcp_connect."
  }
}
