variable "state" {
  description = "Bucket of the states, as backend.hcl names it, and its region (AWS): where the cluster root's outputs are read."
  type = object({
    bucket = string
    region = optional(string)
  })
  nullable = false
}

variable "gateway_image" {
  description = "The alert gateway's image with its digest, as the pipeline built it."
  type        = string
  nullable    = false
}

variable "pagerduty_url" {
  description = "Where the gateway sends events. Accounts of PagerDuty's EU region use `https://events.eu.pagerduty.com/v2/enqueue`."
  type        = string
  default     = "https://events.pagerduty.com/v2/enqueue"
  nullable    = false
}

variable "gateway" {
  description = "The gateway's other destinations and sources (see module gateway): addresses of Jira Service Management and of a webhook of our own, the name of the budget ledger's database on the same PostgreSQL, whether keys are read from Vault directly (component `gateway-pods`, secret `keys`) and not as a file only, and the way in for PagerDuty's webhooks."
  type = object({
    jsm_url         = optional(string, "https://api.atlassian.com/jsm/ops/integration")
    webhook_url     = optional(string)
    ledger          = optional(string)
    keys_from_vault = optional(bool, false)
    callbacks = optional(object({
      host        = string
      class       = string
      client      = string
      namespace   = string
      tls_secret  = string
      annotations = map(string)
    }))
  })
  default  = {}
  nullable = false
}

variable "grafana" {
  description = "Grafana for people: its name, the way in, the identity provider, and whose tokens may change content (see module grafana)."
  type = object({
    host    = string
    ingress = optional(object({ class = string, tls_secret = string, annotations = optional(map(string), {}) }))
    oidc = object({
      name         = optional(string, "Single sign-on")
      client_id    = string
      auth_url     = string
      token_url    = string
      api_url      = string
      scopes       = optional(list(string), ["openid", "profile", "email", "groups"])
      groups_claim = optional(string, "groups")
      roles        = map(list(string))
    })
    machine = optional(object({ issuer = string, jwk_set_url = string, audience = string, subjects = list(string) }))
  })
  nullable = false
}

variable "groups" {
  description = "Groups of the identity provider by role in Kubernetes (see module kubernetes-rbac)."
  type = object({
    viewer           = optional(list(string), [])
    on_call          = optional(list(string), [])
    release_engineer = optional(list(string), [])
    break_glass      = optional(list(string), [])
  })
  nullable = false
}

variable "load" {
  description = "What the platform watches, in a normal hour of a busy day (see module sizing): services with SLOs, active series, series of VictoriaMetrics alone, GB of logs and of spans a day, nodes."
  type = object({
    services                = number
    series                  = number
    high_cardinality_series = optional(number, 0)
    logs_gb_a_day           = number
    spans_gb_a_day          = number
    nodes                   = optional(number, 20)
  })
  nullable = false
}

variable "retention_days" {
  description = "Days that each kind of data is kept."
  type = object({
    metrics = optional(object({
      raw          = optional(number, 60)
      five_minutes = optional(number, 180)
      hour         = optional(number, 730)
    }), {})
    high_cardinality = optional(number, 14)
    logs             = optional(number, 30)
    traces           = optional(number, 14)
    backups          = optional(number, 35)
  })
  default  = {}
  nullable = false
}

variable "high_cardinality" {
  description = "Names of metrics (regular expressions, anchored) that go to VictoriaMetrics alone, because they have very many series."
  type        = list(string)
  default     = ["http_client_.*", "container_network_.*"]
  nullable    = false
}

variable "probes" {
  description = "URLs that the blackbox exporter asks, by name (see module prometheus)."
  type = map(object({
    url    = string
    module = optional(string, "http_2xx")
  }))
  default  = {}
  nullable = false
}

variable "other_stores" {
  description = "Store APIs of other clusters and of the second region, by name, and the range (`cidr`) that each answers from: queries see their series as well. Each must show a certificate of the authority that this cluster trusts."
  type = map(object({
    host        = string
    port        = number
    server_name = string
    cidr        = string
  }))
  default  = {}
  nullable = false
}

variable "chaos_targets" {
  description = "Namespaces in which chaos experiments may run (see module chaos). None: the engine is not there at all."
  type = map(object({
    reason = string
    faults = optional(list(string), ["pod", "network", "stress"])
  }))
  default  = {}
  nullable = false
}
