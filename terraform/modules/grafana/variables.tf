variable "namespace" {
  description = "Namespace of the release."
  type        = string
  default     = "grafana"
  nullable    = false
}

variable "host" {
  description = "Grafana's name for people, as in `grafana.example.com`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+)+$", var.host))
    error_message = "host is not a full DNS name in lowercase. Write it without https:// and path, as in \"grafana.example.com\"."
  }
}

variable "ingress" {
  description = "The way in from the internal network: class and annotations of its controller (which has to speak HTTPS to Grafana and should be private), and the secret with the certificate for `host`. Null makes none."
  type = object({
    class       = string
    tls_secret  = string
    annotations = optional(map(string), {})
  })
  default = null
}

variable "oidc" {
  description = "The identity provider: OAuth addresses, the claim that lists groups, and which groups have which role (`GrafanaAdmin`, `Admin`, `Editor`, `Viewer`). Whoever is in none of them does not get in."
  type = object({
    name         = optional(string, "Single sign-on")
    client_id    = string
    auth_url     = string
    token_url    = string
    api_url      = string
    scopes       = optional(list(string), ["openid", "profile", "email", "groups"])
    groups_claim = optional(string, "groups")
    roles        = map(list(string))
  })
  nullable = false

  validation {
    condition     = alltrue([for url in [var.oidc.auth_url, var.oidc.token_url, var.oidc.api_url] : startswith(url, "https://")])
    error_message = "An address of the identity provider does not begin with https://."
  }

  validation {
    condition     = length(setsubtract(keys(var.oidc.roles), ["GrafanaAdmin", "Admin", "Editor", "Viewer"])) == 0 && length(flatten(values(var.oidc.roles))) > 0
    error_message = "oidc.roles gives no group a role, or names a role that is none of GrafanaAdmin, Admin, Editor and Viewer."
  }

  validation {
    condition     = alltrue([for group in flatten(values(var.oidc.roles)) : can(regex("^[A-Za-z0-9@._:/-]+$", group))])
    error_message = "A group's name has characters outside A-Z a-z 0-9 @ . _ : / -. It stands in an expression; give the group another name."
  }
}

variable "machine" {
  description = "Whose OIDC tokens may change content: issuer, keys, audience, and the subjects that get the role Admin (for GitHub `repo:acme/ballast:environment:staging`). Null: nobody's."
  type = object({
    issuer      = string
    jwk_set_url = string
    audience    = string
    subjects    = list(string)
  })
  default = null

  validation {
    condition     = var.machine == null || try(length(var.machine.subjects) > 0 && alltrue([for subject in var.machine.subjects : !strcontains(subject, "'") && !strcontains(subject, "*")]), false)
    error_message = "machine.subjects is empty, or a subject has a quote or a wildcard in it. Name each subject in full."
  }
}

variable "upstreams" {
  description = "What Grafana queries and calls, by name (`thanos`, `loki`, `tempo`, `victoriametrics`, `alertmanager`; `gateway` is where alerts go): endpoints as the modules put them out. Each gets a sidecar on loopback."
  type        = map(object({ host = string, port = number, server_name = string }))
  nullable    = false

  validation {
    condition     = contains(keys(var.upstreams), "gateway")
    error_message = "There is no upstream gateway: pages would have one leg only. Add the alert gateway's endpoint."
  }
}

variable "gateway_path" {
  description = "Path of the gateway's webhook."
  type        = string
  default     = "/v1/alertmanager"
  nullable    = false
}

variable "page_tiers" {
  description = "Tiers that page (those with the leg `pagerduty` in `alerts/routing.yaml`), with PagerDuty's severity. Each becomes a contact point of that name."
  type        = map(object({ severity = string }))
  nullable    = false

  validation {
    condition     = length(var.page_tiers) > 0 && alltrue([for tier in values(var.page_tiers) : contains(["critical", "error", "warning", "info"], tier.severity)])
    error_message = "No tier pages, or a severity is none of PagerDuty's: critical, error, warning, info."
  }
}

variable "database" {
  description = "PostgreSQL (module postgresql): address, database, user, the name in its certificate, and the secret with the user's client certificate (`tls.crt`, `tls.key`, `ca.crt`): there is no password."
  type = object({
    host        = string
    port        = optional(number, 5432)
    name        = optional(string, "grafana")
    user        = optional(string, "grafana")
    server_name = string
    secret_name = string
  })
  nullable = false
}

variable "redis" {
  description = "Redis (module redis, `cache`), through which replicas agree on who notifies. Its user is the common name of Grafana's certificate: `{ keys = [\"grafana:*\"], channels = [\"grafana:*\"], commands = [\"+@read\", \"+@write\", \"+@connection\", \"+@pubsub\", \"-@dangerous\"] }`."
  type        = object({ host = string, port = number, server_name = string })
  nullable    = false
}

variable "secrets" {
  description = "Secrets that external-secrets makes: `oidc` (key `client-secret`), `session` (`secret-key`), `pagerduty` (`routing-key`). They are mounted as files."
  type = object({
    oidc      = optional(string, "grafana-oidc")
    session   = optional(string, "grafana-session")
    pagerduty = optional(string, "grafana-pagerduty")
  })
  default  = {}
  nullable = false
}

variable "tls" {
  description = "Certificate of Grafana's pods, for serving and for calling, as module certificates outputs it: the secret with `tls.crt`, `tls.key` and `ca.crt`, and the DNS name that it is for."
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

variable "sizing" {
  description = "Replicas and requests (module sizing computes them). Memory is request and limit."
  type = object({
    replicas = optional(number, 3)
    cpu      = optional(string, "250m")
    memory   = optional(string, "1Gi")
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.sizing.replicas >= 2
    error_message = "There are fewer than 2 replicas: alerts on logs and traces would stop with one node. Give at least 2."
  }
}
