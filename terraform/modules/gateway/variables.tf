variable "namespace" {
  description = "Namespace of the gateway. It must exist (module namespace-baseline)."
  type        = string
  default     = "gateway"
  nullable    = false
}

variable "image" {
  description = "The gateway's image with its digest, as the pipeline built it: `registry/ballast-gateway:1.4.0@sha256:…`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[^@ ]+@sha256:[0-9a-f]{64}$", var.image))
    error_message = "The image has no digest, so what runs could change under its name. Write it as in \"ghcr.io/acme/ballast-gateway:1.4.0@sha256:…\"."
  }
}

variable "database" {
  description = "Where alerts are stored: endpoint `rw` of module postgresql, and the database and role there. The role signs in with the certificate of `tls`, whose common name it has."
  type = object({
    host = string
    port = optional(number, 5432)
    name = optional(string, "gateway")
    user = optional(string, "gateway")
  })
  nullable = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]*[a-z0-9]$", var.database.host)) && alltrue([for name in [var.database.name, var.database.user] : can(regex("^[a-z][a-z0-9_-]{0,62}$", name))])
    error_message = "The database is not a host name, and names of lowercase letters, digits, _ and -. No user:password belongs here: the gateway signs in with its certificate."
  }
}

variable "redis" {
  description = "Redis (module redis, `cache`), for copies of keys and rate limits. Its user is the common name of the gateway's certificate: `{ keys = [\"ballast:*\"], commands = [\"+@read\", \"+@write\", \"+@connection\", \"+eval\", \"+evalsha\", \"+script|load\", \"+time\", \"-@dangerous\"] }`. Null: PostgreSQL does it alone."
  type        = object({ host = string, port = number })
  default     = null
}

variable "kafka" {
  description = "Kafka's endpoint (module kafka, `bootstrap`), where events go to the topics alerts and audit; the common name of the gateway's certificate `produces` there. Null: events stay in the database."
  type        = object({ host = string, port = number })
  default     = null
}

variable "tls" {
  description = "The gateway's certificate, as module certificates outputs it: for its Service's name, and with the database role as common name."
  type = object({
    secret_name = string
    server_name = string
  })
  nullable = false
}

variable "clients" {
  description = "Who may call the gateway: DNS names in their certificates."
  type        = list(string)
  default     = ["alertmanager", "grafana", "prometheus"]
  nullable    = false

  validation {
    condition     = length(var.clients) > 0 && !contains(var.clients, "localhost")
    error_message = "clients is empty or names localhost, which every certificate has: whoever has one could send pages. Name Alertmanager, Grafana and Prometheus."
  }
}

variable "keys" {
  description = "Secret (made by external-secrets) and its key that hold the gateway's `.env`: the line `BALLAST_PAGERDUTY_ROUTING_KEY=…`."
  type = object({
    secret_name = optional(string, "gateway-keys")
    key         = optional(string, "dotenv")
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$", var.keys.secret_name)) && can(regex("^[A-Za-z0-9._-]+$", var.keys.key))
    error_message = "keys names no secret and key. Write { secret_name = \"gateway-keys\", key = \"dotenv\" }."
  }
}

variable "pagerduty_url" {
  description = "Where events go. Accounts of PagerDuty's EU region use `https://events.eu.pagerduty.com/v2/enqueue`."
  type        = string
  default     = "https://events.pagerduty.com/v2/enqueue"
  nullable    = false

  validation {
    condition     = startswith(var.pagerduty_url, "https://")
    error_message = "pagerduty_url is not https: the routing key would travel in the clear."
  }
}

variable "tuning" {
  description = "The gateway's own settings (docs/gateway.md), seconds and bytes."
  type = object({
    max_bytes       = optional(number, 1048576)
    slots           = optional(number, 16)
    timeout_seconds = optional(number, 10)
    lease_seconds   = optional(number, 30)
    store_seconds   = optional(number, 5)
    drain_seconds   = optional(number, 5)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.tuning.lease_seconds > var.tuning.timeout_seconds
    error_message = "tuning.lease_seconds is not longer than tuning.timeout_seconds: a second replica would send what the first is still sending."
  }

  validation {
    condition     = alltrue([for value in values(var.tuning) : value > 0]) && var.tuning.store_seconds <= 10
    error_message = "A value of tuning is not above 0, or store_seconds is above 10: Alertmanager has given up by then."
  }
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
    condition     = length(distinct(var.zones)) >= 2
    error_message = "There are fewer than two zones: the gateway would die with the one. List the cluster's."
  }
}

variable "priority_class" {
  description = "PriorityClass of the page path (module namespace-baseline)."
  type        = string
  nullable    = false
}

variable "sizing" {
  description = "Fewest and most replicas, and what one requests, as module sizing computes them."
  type = object({
    replicas     = number
    max_replicas = number
    cpu          = string
    memory       = string
  })
  nullable = false

  validation {
    condition     = var.sizing.replicas >= 2
    error_message = "sizing.replicas is below 2: a restart would be an outage of this leg. Give 2 or more."
  }

  validation {
    condition     = var.sizing.max_replicas > var.sizing.replicas
    error_message = "sizing.max_replicas is not above sizing.replicas: a storm of alerts could not be met. Give twice as many."
  }
}
