variable "cluster" {
  description = "Label `cluster` of every alert."
  type        = string
  nullable    = false
}

variable "data_sources" {
  description = "Addresses by name, as module grafana puts them out: `thanos`, `loki` and `tempo`, and `victoriametrics` and `alertmanager` where there are any."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(setsubtract(["thanos", "loki", "tempo"], keys(var.data_sources))) == 0
    error_message = "data_sources lacks one of thanos, loki and tempo. Metrics, logs and traces lead to each other: all are needed."
  }

  validation {
    condition     = length(setsubtract(keys(var.data_sources), ["thanos", "loki", "tempo", "victoriametrics", "alertmanager"])) == 0
    error_message = "data_sources has a name that is none of thanos, loki, tempo, victoriametrics and alertmanager. Add it to data_sources.tf first: its type and its ways to the others."
  }

  validation {
    condition     = alltrue([for url in values(var.data_sources) : startswith(url, "https://") || startswith(url, "http://127.0.0.1:")])
    error_message = "A data source is reached without TLS. Only a sidecar on Grafana's own loopback may be."
  }
}

variable "gateway_url" {
  description = "The alert gateway's webhook as Grafana reaches it (output of module grafana)."
  type        = string
  nullable    = false
}

variable "teams" {
  description = "Teams by name: e-mail addresses of members, or groups that Grafana Enterprise and Cloud follow."
  type = map(object({
    members = optional(list(string), [])
    groups  = optional(list(string), [])
  }))
  nullable = false
}

variable "folders" {
  description = "Folders by uid, which is also the name of the directory with their dashboards: title, the team that may edit, and whether only it may look."
  type = map(object({
    title   = string
    team    = optional(string)
    private = optional(bool, false)
  }))
  nullable = false

  validation {
    condition     = alltrue([for folder in values(var.folders) : folder.team == null || contains(keys(var.teams), coalesce(folder.team, "-"))])
    error_message = "A folder belongs to a team that var.teams does not have."
  }

  validation {
    condition     = alltrue([for folder in values(var.folders) : folder.team != null || !folder.private])
    error_message = "A folder is private and belongs to nobody: nobody could open it. Give it a team."
  }

  validation {
    condition     = length(setintersection(keys(var.folders), ["alerts-page", "alerts-ticket"])) == 0
    error_message = "The folders alerts-page and alerts-ticket are this module's own."
  }
}

variable "dashboards" {
  description = "Directory of dashboards: `<folder>/<name>.json`, and `<name>.json` for those that stand above all folders."
  type        = string
  nullable    = false
}

variable "slos" {
  description = "SLOs whose events are log lines or spans, by `service/slo` (`alerts/grafana.yaml`): name of its alerts (`CheckoutPaymentLogs` makes `CheckoutPaymentLogsErrorBudgetBurn` and `CheckoutPaymentLogsNoData`), language, queries that count errors and all events (`{window}` is the window in LogQL; TraceQL queries end in `| count_over_time()`), objective in percent over 30 days, service, its tier and owner, and whether it pages."
  type = map(object({
    name      = string
    language  = string
    errors    = string
    total     = string
    objective = number
    service   = string
    tier      = number
    owner     = string
    summary   = string
    page      = optional(bool, true)
  }))
  nullable = false

  validation {
    condition     = alltrue([for key in keys(var.slos) : can(regex("^[a-z0-9-]+/[a-z0-9-]+$", key))])
    error_message = "The key of an SLO is not service/slo in lowercase, as in \"checkout/payment-logs\"."
  }

  validation {
    condition     = alltrue([for slo in values(var.slos) : can(regex("^[A-Z][A-Za-z0-9]+$", slo.name)) && !endswith(slo.name, "ErrorBudgetBurn")])
    error_message = "The name of an SLO is not CamelCase, or ends in ErrorBudgetBurn, which is added to it. Its runbooks are named after its alerts."
  }

  validation {
    condition = alltrue([
      for slo in values(var.slos) : (slo.language == "logql" && strcontains(slo.errors, "[{window}]") && strcontains(slo.total, "[{window}]"))
      || (slo.language == "traceql" && strcontains(slo.errors, "count_over_time()") && strcontains(slo.total, "count_over_time()"))
    ])
    error_message = "The language of an SLO is neither logql nor traceql, or its queries do not count: LogQL over [{window}], TraceQL with | count_over_time()."
  }

  validation {
    condition     = alltrue([for slo in values(var.slos) : slo.objective >= 90 && slo.objective < 100])
    error_message = "The objective of an SLO is not a percentage from 90 to below 100. Below 90 no burn rate that pages can be reached."
  }

  validation {
    condition     = alltrue([for slo in values(var.slos) : slo.language == "logql" || !slo.page])
    error_message = "An SLO on traces pages. There is one live store a partition, and TraceQL alerts are experimental in Grafana: set page = false, or page on the metrics that Tempo makes of spans."
  }

  validation {
    condition     = alltrue([for slo in values(var.slos) : contains([1, 2, 3], slo.tier)])
    error_message = "The tier of an SLO's service is none of 1, 2 and 3."
  }
}

variable "routes" {
  description = "Which alert tier a service's tier and an alert's severity make (`routes` in `alerts/routing.yaml`)."
  type        = list(object({ tier = number, severity = string, alert = string }))
  nullable    = false

  validation {
    condition     = toset([for route in var.routes : "${route.tier}/${route.severity}"]) == toset(flatten([for tier in [1, 2, 3] : ["${tier}/page", "${tier}/ticket"]]))
    error_message = "routes does not have exactly one row for each service tier (1 to 3) and severity (page, ticket)."
  }
}

variable "tiers" {
  description = "How each alert tier is told (`tiers` in `alerts/routing.yaml`)."
  type = map(object({
    legs            = list(string)
    group_wait      = string
    group_interval  = string
    repeat_interval = string
  }))
  nullable = false

  validation {
    condition     = length(setsubtract(toset([for route in var.routes : route.alert]), keys(var.tiers))) == 0
    error_message = "A route leads to a tier that tiers does not have."
  }
}

variable "page_contact_points" {
  description = "Contact points that page, by tier (output of module grafana)."
  type        = list(string)
  nullable    = false
}

variable "links" {
  description = "Where alerts lead, as in `alerts/settings.yaml`: `{alert}`, `{service}` and `{slo}` are filled in."
  type        = object({ runbook = string, dashboard = string })
  nullable    = false

  validation {
    condition     = strcontains(var.links.runbook, "{alert}")
    error_message = "links.runbook has no {alert} in it: every alert would lead to one page."
  }
}
