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
  description = "Where alerts are stored: endpoint `rw` of module postgresql, and the database and role there. The role signs in with the certificate of `tls`, whose common name it has. `ledger` is the budget ledger's database on the same server, if pages are to quote what is left; one elsewhere is the line `BALLAST_LEDGER_URL=…` in `keys`."
  type = object({
    host   = string
    port   = optional(number, 5432)
    name   = optional(string, "gateway")
    user   = optional(string, "gateway")
    ledger = optional(string)
  })
  nullable = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]*[a-z0-9]$", var.database.host)) && alltrue([for name in compact([var.database.name, var.database.user, var.database.ledger]) : can(regex("^[a-z][a-z0-9_-]{0,62}$", name))])
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

variable "alertmanagers" {
  description = "Alertmanagers' APIs (module prometheus, `alertmanager`): they are asked, with the gateway's certificate, whether a late alert still fires. None: what is late is sent as it is."
  type        = list(object({ host = string, port = number }))
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for each in var.alertmanagers : can(regex("^[a-z0-9][a-z0-9.-]*[a-z0-9]$", each.host))])
    error_message = "An entry of alertmanagers is not a host name. Write it without https:// and path, as in { host = \"prometheus-alertmanager.prometheus.svc\", port = 9443 }."
  }
}

variable "routing" {
  description = "Text of `alerts/routing.yaml`: which tier is told where, and when digests are due. Tiers whose `legs` hold pagerduty and gateway have Alertmanager's own leg besides. Null: PagerDuty is told everything."
  type        = string
  default     = null

  validation {
    condition     = can(tostring(yamldecode(coalesce(var.routing, "version: ballast/v1")).version))
    error_message = "routing is no routing file: it says no version. Give file(\".../alerts/routing.yaml\")."
  }
}

variable "destinations" {
  description = "Where else than PagerDuty incidents are told, and how fast PagerDuty is: addresses only. Their keys are lines of `keys`, and without one a destination is not there; `webhook_url` needs `BALLAST_WEBHOOK_SECRET`. A chat's address is itself a key: `BALLAST_CHAT_URL`."
  type = object({
    jsm_url                     = optional(string, "https://api.atlassian.com/jsm/ops/integration")
    webhook_url                 = optional(string)
    pagerduty_events_per_minute = optional(number, 120)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for url in compact([var.destinations.jsm_url, var.destinations.webhook_url]) : can(regex("^https://[^@/]+(/|$)", url))])
    error_message = "A URL of destinations is not https, or holds a user and password. Keys belong into the secret of var.keys."
  }

  validation {
    condition     = var.destinations.pagerduty_events_per_minute >= 0
    error_message = "pagerduty_events_per_minute is below 0. Give PagerDuty's limit of the integration key, or 0 for none."
  }
}

variable "vault" {
  description = "Vault's API (module vault, `api`), if keys are read from it directly and anew every `refresh_seconds`: the gateway signs in as its own service account for `role` and reads `path` (`<mount>/<secret>`), which holds the same names as `keys` would. Null: the secret of `keys` alone."
  type = object({
    host            = string
    port            = optional(number, 8200)
    auth_mount      = optional(string, "kubernetes")
    audience        = optional(string, "vault")
    role            = optional(string, "gateway-pods")
    path            = optional(string, "secret/gateway-pods/keys")
    refresh_seconds = optional(number, 60)
  })
  default = null

  validation {
    condition     = alltrue([for vault in var.vault[*] : can(regex("^[a-z][a-z0-9-]*(/[a-z0-9][a-z0-9_-]*)+$", vault.path)) && can(regex("^[a-z0-9][a-z0-9.-]*[a-z0-9]$", vault.host))])
    error_message = "vault.host is not a host name, or vault.path not a mount and a path. Write { host = \"vault-active.vault.svc\", path = \"secret/gateway-pods/keys\" }."
  }

  validation {
    condition     = alltrue([for vault in var.vault[*] : vault.refresh_seconds >= 10])
    error_message = "vault.refresh_seconds is below 10: Vault would be asked all the time. A minute is enough."
  }
}

variable "callbacks" {
  description = "The way in for PagerDuty's webhooks (version 3), which bring back what people do there: the public name, the class and annotations of a controller that speaks HTTPS to the gateway with a certificate of our authority for the name `client`, the namespace of its pods, and the secret with the certificate for `host`. Its listener is its own, and only `/v1/pagerduty` is passed on, whose signatures are checked (`BALLAST_PAGERDUTY_WEBHOOK_SECRETS` in `keys`). Null makes none."
  type = object({
    host        = string
    class       = string
    client      = string
    namespace   = string
    tls_secret  = string
    annotations = map(string)
  })
  default = null

  validation {
    condition     = alltrue([for callbacks in var.callbacks[*] : callbacks.client != "localhost" && !contains(var.clients, callbacks.client)])
    error_message = "callbacks.client is localhost, or one of clients: the controller could not be told from who may send alerts. Give it a certificate and a name of its own."
  }

  validation {
    condition     = alltrue([for callbacks in var.callbacks[*] : can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+)+$", callbacks.host))])
    error_message = "callbacks.host is not a full DNS name in lowercase. Write it without https:// and path, as in \"pages.example.com\"."
  }
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
  description = "Secret (made by external-secrets) and its key that hold the gateway's `.env`: the line `BALLAST_PAGERDUTY_ROUTING_KEY=…`, and those of what else is used: `BALLAST_PAGERDUTY_WEBHOOK_SECRETS`, `BALLAST_JSM_KEY`, `BALLAST_CHAT_URL`, `BALLAST_WEBHOOK_SECRET`, `BALLAST_LEDGER_URL`. With `vault` it need not be there."
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
    urgent_slots    = optional(number, 8)
    connections     = optional(number, 12)
    timeout_seconds = optional(number, 10)
    lease_seconds   = optional(number, 30)
    store_seconds   = optional(number, 5)
    drain_seconds   = optional(number, 5)
    redis_seconds   = optional(number, 0.05)
    enrich_seconds  = optional(number, 0.15)
    late_seconds    = optional(number, 4)
    hold_seconds    = optional(number, 120)
    settle_seconds  = optional(number, 180)
    flap_changes    = optional(number, 6)
    flap_seconds    = optional(number, 600)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.tuning.lease_seconds > var.tuning.timeout_seconds
    error_message = "tuning.lease_seconds is not longer than tuning.timeout_seconds: a second replica would send what the first is still sending."
  }

  validation {
    condition     = alltrue([for name, value in var.tuning : value > 0 || name == "flap_changes" && value == 0]) && var.tuning.store_seconds <= 10
    error_message = "A value of tuning is not above 0 (flap_changes may be 0: never), or store_seconds is above 10: Alertmanager has given up by then."
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
