variable "namespace" {
  description = "Namespace of the operator, made by module namespace-baseline."
  type        = string
  default     = "external-secrets"
  nullable    = false
}

variable "vault" {
  description = "Vault's API: output `endpoints.api` of module vault; `auth_mount` and `secrets_mount` as module vault-content names them."
  type = object({
    host          = string
    port          = optional(number, 8200)
    auth_mount    = optional(string, "kubernetes")
    secrets_mount = optional(string, "secret")
  })
  nullable = false
}

variable "components" {
  description = "What reaches pods, by component (its name is its role in Vault): the secret with its certificate, with which Vault is called; `secrets` by the name of the Kubernetes secret, each key being `property` of Vault's secret `path` below the component's own; `databases`, secrets with `username` and `password` that Vault makes for a role."
  type = map(object({
    namespace  = string
    tls_secret = string
    secrets = optional(map(object({
      refresh = optional(string, "15m")
      keys    = map(object({ path = string, property = string }))
    })), {})
    databases = optional(map(object({
      role    = string
      refresh = optional(string, "8h")
    })), {})
  }))
  nullable = false

  validation {
    condition = alltrue(flatten([
      for component in values(var.components) : [for secret in values(component.secrets) : length(secret.keys) > 0]
    ]))
    error_message = "A secret has no keys: it would be empty. List them, or remove the secret."
  }

  validation {
    condition = alltrue(flatten([
      for component in values(var.components) : [for secret in values(component.secrets) : [for key in values(secret.keys) : can(regex("^[a-z0-9][a-z0-9_/-]*$", key.path))]]
    ]))
    error_message = "The path of a key is no plain path below the component's own, such as \"pagerduty\". It does not begin with a slash and holds no dots."
  }

  validation {
    condition = alltrue(flatten([
      for component in values(var.components) : [for each in concat(values(component.secrets), values(component.databases)) : can(regex("^[1-9][0-9]{0,3}[mh]$", each.refresh))]
    ]))
    error_message = "A refresh is no time such as \"15m\" or \"8h\"."
  }

  validation {
    condition = alltrue([
      for component in values(var.components) : length(setintersection(keys(component.secrets), keys(component.databases))) == 0
    ])
    error_message = "A component has one name for a secret and for a database's credentials: they would overwrite each other. Rename one."
  }
}

variable "tls" {
  description = "The operator's own certificate, for its metrics: as module certificates outputs it."
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

variable "zones" {
  description = "Zones of the cluster. The two operators are in two of them."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(distinct(var.zones)) >= 2
    error_message = "There are fewer than two zones: secrets would not be renewed without the one. Give the zones of the cluster."
  }
}

variable "priority_class" {
  description = "PriorityClass of the pods: one of the outputs `priority_classes` of module namespace-baseline."
  type        = string
  nullable    = false
}

variable "sizing" {
  description = "Replicas (one works, the others wait), and what one requests."
  type = object({
    replicas = optional(number, 2)
    cpu      = optional(string, "50m")
    memory   = optional(string, "256Mi")
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.sizing.replicas >= 2
    error_message = "sizing.replicas is below 2: secrets would not be renewed while its node is away. Give 2."
  }
}
