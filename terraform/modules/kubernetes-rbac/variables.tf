variable "groups" {
  description = "Groups of the identity provider by role, as they stand in its tokens (on Google Cloud: addresses of Google groups)."
  type = object({
    viewer           = optional(list(string), [])
    on_call          = optional(list(string), [])
    release_engineer = optional(list(string), [])
    break_glass      = optional(list(string), [])
  })
  nullable = false

  validation {
    condition     = alltrue(flatten([for groups in values(var.groups) : [for group in groups : !startswith(group, "system:") && can(regex("^[A-Za-z0-9][A-Za-z0-9@:._/-]*$", group))]]))
    error_message = "A group is empty, holds spaces, or is one of Kubernetes' own (system:…): those are everybody or administrators."
  }

  validation {
    condition     = alltrue([for groups in values(var.groups) : length(distinct(groups)) == length(groups)])
    error_message = "A role lists a group twice. Remove one."
  }
}

variable "namespaces" {
  description = "Namespaces in which on-call and release engineers may change workloads. Not the ones that hold keys: cert-manager, vault and external-secrets are left to break-glass."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(setintersection(var.namespaces, ["kube-system", "cert-manager", "vault", "external-secrets", "break-glass"])) == 0
    error_message = "namespaces names kube-system, cert-manager, vault, external-secrets or break-glass: whoever changes a workload there holds its keys. Leave it to break-glass."
  }
}

variable "break_glass" {
  description = "Emergency access: the namespace of its service account (nothing else may be in it), and for how many minutes at most one token is good."
  type = object({
    namespace   = optional(string, "break-glass")
    max_minutes = optional(number, 60)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.break_glass.max_minutes >= 10 && var.break_glass.max_minutes <= 240
    error_message = "break_glass.max_minutes is not 10 to 240. Kubernetes makes no token for less than 10; four hours are a shift."
  }
}
