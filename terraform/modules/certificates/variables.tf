variable "namespace" {
  description = "Namespace of cert-manager and of the authority's keys."
  type        = string
  default     = "cert-manager"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.namespace))
    error_message = "The namespace is not 1 to 63 lowercase letters, digits and hyphens. Take one that module namespace-baseline made."
  }
}

variable "certificates" {
  description = "Certificates by component: each is for serving and for calling, in secret `<name>-tls` of its namespace. `services` are the component's Services (`headless` those whose pods are addressed one by one); `common_name` is who it is to others (the name, unless given), such as a PostgreSQL or Valkey user."
  type = map(object({
    namespace   = string
    common_name = optional(string)
    services    = optional(list(string), [])
    headless    = optional(list(string), [])
    dns_names   = optional(list(string), [])
  }))
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.certificates) : can(regex("^[a-z]([a-z0-9-]{0,48}[a-z0-9])?$", name))])
    error_message = "The name of a certificate is not 1 to 50 lowercase letters, digits and hyphens that start with a letter. Name it after its component, as in \"loki\"."
  }

  validation {
    condition     = alltrue([for certificate in values(var.certificates) : can(regex("^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$", coalesce(certificate.common_name, "name")))])
    error_message = "A common_name is not 1 to 64 lowercase letters, digits, dots, hyphens and underscores: certificates hold no more. Shorten it."
  }

  validation {
    condition = alltrue(flatten([
      for certificate in values(var.certificates) : [for name in certificate.dns_names : !strcontains(name, "*") && can(regex("^[a-z0-9][a-z0-9.-]{0,251}[a-z0-9]$", name))]
    ]))
    error_message = "One of dns_names is no DNS name, or a wildcard: whoever holds its key could be anybody. Name each host; `headless` covers a component's own pods."
  }

  validation {
    condition = length(distinct([for name, certificate in var.certificates : coalesce(certificate.common_name, name)])) == length(distinct([
      for name, certificate in var.certificates : "${coalesce(certificate.common_name, name)} ${certificate.namespace}"
    ]))
    error_message = "Two namespaces hold certificates of one common_name: each could act as the other. Give each its own name."
  }
}

variable "lifetimes" {
  description = "Lifetimes in days: of components' certificates, how long before their end they are renewed, and of the issuing authority. The root lives ten years."
  type = object({
    certificate = optional(number, 30)
    renewal     = optional(number, 10)
    issuing     = optional(number, 365)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.lifetimes.renewal >= 3 && var.lifetimes.renewal <= var.lifetimes.certificate / 2
    error_message = "lifetimes.renewal is below 3 days or more than half of lifetimes.certificate. Leave a long weekend to notice a renewal that fails: 10 of 30 is good."
  }

  validation {
    condition     = var.lifetimes.issuing >= var.lifetimes.certificate * 3 && var.lifetimes.issuing <= 1825
    error_message = "lifetimes.issuing is not between three times lifetimes.certificate and 1825 days (five years). 365 is good."
  }
}

variable "scheduling" {
  description = "Which nodes: output `monitoring_scheduling` of the cluster root."
  type = object({
    node_selector = optional(map(string), {})
    tolerations = optional(list(object({
      key      = string
      operator = string
      value    = optional(string)
      effect   = optional(string)
    })), [])
  })
  default  = {}
  nullable = false
}

variable "zones" {
  description = "Zones to keep pods apart over: output `network.zones` of the cluster root."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(distinct(var.zones)) >= 2
    error_message = "There are fewer than two zones: renewals would stop with the one. Give the zones of the cluster."
  }
}

variable "priority_class" {
  description = "PriorityClass of the pods: one of the outputs `priority_classes` of module namespace-baseline."
  type        = string
  nullable    = false

  validation {
    condition     = var.priority_class != ""
    error_message = "priority_class is empty. Give a class of module namespace-baseline."
  }
}

variable "sizing" {
  description = "Replicas of controller, webhook and injector, and what one pod requests."
  type = object({
    replicas = optional(number, 2)
    cpu      = optional(string, "50m")
    memory   = optional(string, "128Mi")
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.sizing.replicas >= 2 && var.sizing.replicas <= 5
    error_message = "sizing.replicas is not 2 to 5: with one, nothing is issued or admitted while its node is away. Give 2."
  }
}
