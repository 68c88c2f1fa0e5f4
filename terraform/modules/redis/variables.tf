variable "namespace" {
  description = "Namespace of the cache, made by module namespace-baseline."
  type        = string
  default     = "redis"
  nullable    = false
}

variable "users" {
  description = "Who may use the cache, by the common name of their certificate: patterns of keys and channels and command rules as in Valkey's ACL. There are no passwords: a certificate is the only way in."
  type = map(object({
    keys     = list(string)
    channels = optional(list(string), [])
    commands = optional(list(string), ["+@read", "+@write", "+@connection", "-@dangerous"])
  }))
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.users) : can(regex("^[a-z][a-z0-9_-]{0,62}$", name)) && !contains(["default", "redis"], name)])
    error_message = "The name of a user is no common name of lowercase letters, digits, hyphens and underscores, or is `default` or `redis`, which the module uses."
  }

  validation {
    condition     = alltrue(flatten([for user in values(var.users) : [for pattern in concat(user.keys, user.channels) : can(regex("^[A-Za-z0-9_-]+:[^ ]*$", pattern))]]))
    error_message = "A pattern of keys or channels does not begin with a prefix of the user's own, as in \"gateway:*\": one user would empty another's cache."
  }

  validation {
    condition     = alltrue(flatten([for user in values(var.users) : [for rule in user.commands : can(regex("^[+-](@?[a-z_|-]+)$", rule)) && rule != "+@all"]]))
    error_message = "A command rule is no rule such as \"+@read\" or \"-flushall\", or is \"+@all\"."
  }
}

variable "tls" {
  description = "The cache's certificate, as module certificates outputs it: for Services `redis` and `redis-metrics`, common name `redis`."
  type = object({
    secret_name = string
    server_name = string
  })
  nullable = false
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

variable "priority_class" {
  description = "PriorityClass of the pod: one of the outputs `priority_classes` of module namespace-baseline."
  type        = string
  nullable    = false
}

variable "sizing" {
  description = "What the pod requests. Two thirds of `memory` are for keys; the least recently used give way."
  type = object({
    cpu    = optional(string, "100m")
    memory = optional(string, "256Mi")
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^[1-9][0-9]{2,4}Mi$", var.sizing.memory))
    error_message = "sizing.memory is no size in Mi of 100Mi or more, such as \"512Mi\"."
  }
}
