variable "name" {
  description = "Prefix of the identities' names, for example `ballast-staging`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,30}[a-z0-9]$", var.name))
    error_message = "The name is not 4 to 32 lowercase letters, digits and hyphens that start with a letter. Shorten it, as in \"ballast-staging\"."
  }
}

variable "cluster" {
  description = "The cluster whose service accounts get identities: outputs `cluster_name`, `oidc_issuer` and `identity_provider` of module eks or gke."
  type = object({
    name              = string
    oidc_issuer       = string
    identity_provider = string
  })
  nullable = false
}

variable "components" {
  description = "Components by name, each with the one service account that may act for it and what it may do there. `kind` is `bucket-read`, `bucket-write`, `key-use` or `topic-publish`; `target` is the id that the other module outputs."
  type = map(object({
    namespace       = string
    service_account = string
    grants = optional(map(object({
      kind   = string
      target = string
    })), {})
  }))
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.components) : can(regex("^[a-z][a-z0-9-]{1,14}[a-z0-9]$", name))])
    error_message = "The name of a component is not 3 to 16 lowercase letters, digits and hyphens that start with a letter: identities of both clouds are named after it. Shorten it."
  }

  validation {
    condition     = alltrue(flatten([for component in values(var.components) : [for grant in values(component.grants) : contains(["bucket-read", "bucket-write", "key-use", "topic-publish"], grant.kind)]]))
    error_message = "A grant has an unknown kind. Use bucket-read, bucket-write, key-use or topic-publish; a new kind is a new list of actions in this module."
  }

  validation {
    condition     = alltrue(flatten([for component in values(var.components) : [for grant in values(component.grants) : !strcontains(grant.target, "*")]]))
    error_message = "A grant's target contains \"*\". Name one bucket, key or topic a grant."
  }

  validation {
    condition     = length(distinct([for component in values(var.components) : "${component.namespace}/${component.service_account}"])) == length(var.components)
    error_message = "Two components share one service account, and so each other's rights. Give each its own."
  }
}

variable "iam" {
  description = "Where roles are created: their path, and the boundary that no role of ours may exceed (module ci-identity-aws makes one)."
  type = object({
    path                 = optional(string, "/ballast/")
    permissions_boundary = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^/([a-z0-9-]+/)+$", var.iam.path))
    error_message = "iam.path is not a path such as \"/ballast/staging/\": it starts and ends with a slash."
  }
}
