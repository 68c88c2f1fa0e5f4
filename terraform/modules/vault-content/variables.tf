variable "components" {
  description = "Components by name: the one service account that may log in for it, and the database roles whose credentials it may ask for. Each reads `<mount>/<name>/*` and nothing of another."
  type = map(object({
    namespace       = string
    service_account = string
    databases       = optional(list(string), [])
  }))
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.components) : can(regex("^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$", name))])
    error_message = "The name of a component is not 1 to 40 lowercase letters, digits and hyphens that start with a letter. Name it after its module, as in \"gateway\"."
  }

  validation {
    condition     = length(distinct([for component in values(var.components) : "${component.namespace}/${component.service_account}"])) == length(var.components)
    error_message = "Two components share one service account, and so each other's secrets. Give each its own."
  }

  validation {
    condition     = alltrue(flatten([for component in values(var.components) : [for database in component.databases : contains(keys(var.databases), database)]]))
    error_message = "A component asks for a database role that is not in var.databases. Add it there, or mend its name."
  }
}

variable "databases" {
  description = "PostgreSQL roles by name whose credentials Vault makes: a login that is a member of `grants` (a role that owns or uses the tables) and lives `ttl_hours`, renewed up to `max_ttl_hours`."
  type = map(object({
    grants        = string
    ttl_hours     = optional(number, 24)
    max_ttl_hours = optional(number, 72)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for database in values(var.databases) : can(regex("^[a-z_][a-z0-9_]{0,62}$", database.grants))])
    error_message = "The role that a database grants is no plain PostgreSQL name (lowercase letters, digits, underscores). Rename the role: it is written into SQL."
  }

  validation {
    condition     = alltrue([for database in values(var.databases) : database.ttl_hours >= 1 && database.max_ttl_hours >= database.ttl_hours && database.max_ttl_hours <= 768])
    error_message = "A database's ttl_hours is below 1, or max_ttl_hours below it or above 768 (32 days, Vault's own limit)."
  }
}

variable "postgresql" {
  description = "Where Vault makes those credentials: output `endpoints` of module postgresql, the database, and the files of Vault's own client certificate within its pods (output `client_files` of module vault). It signs in as `user` by that certificate: there is no password to keep."
  type = object({
    host     = string
    port     = optional(number, 5432)
    database = string
    user     = optional(string, "vault")
    files    = object({ cert = string, key = string, ca = string })
  })
  default = null

  validation {
    condition     = (var.postgresql != null) == (length(var.databases) > 0)
    error_message = "postgresql and databases belong together: give both, or neither."
  }
}

variable "logins" {
  description = "How people and CI sign in, by mount path: with a token of an OIDC issuer (`discovery_url`, `audience`), no client secret anywhere. `roles` say which claims a token must carry and which policies it gets: `configure`, `write-secrets`, `audit`."
  type = map(object({
    discovery_url = string
    audience      = string
    user_claim    = optional(string, "sub")
    roles = map(object({
      claims      = map(string)
      policies    = list(string)
      ttl_minutes = optional(number, 30)
    }))
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for login in values(var.logins) : startswith(login.discovery_url, "https://")])
    error_message = "The discovery_url of a login does not begin with https://. Give the issuer as it stands in its tokens."
  }

  validation {
    condition     = alltrue(flatten([for login in values(var.logins) : [for role in values(login.roles) : length(role.claims) > 0]]))
    error_message = "A role asks for no claim: every token of that issuer would do. Name the group or the repository and environment."
  }

  validation {
    condition = alltrue(flatten([for login in values(var.logins) : [
      for role in values(login.roles) : [for policy in role.policies : contains(["configure", "write-secrets", "audit"], policy)]
    ]]))
    error_message = "A role has an unknown policy. Take configure, write-secrets or audit."
  }

  validation {
    condition     = alltrue(flatten([for login in values(var.logins) : [for role in values(login.roles) : role.ttl_minutes >= 5 && role.ttl_minutes <= 480]]))
    error_message = "The ttl_minutes of a role is not 5 to 480: a working day at most."
  }
}

variable "secrets_mount" {
  description = "Where secrets are kept (key-value, versioned)."
  type        = string
  default     = "secret"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*$", var.secrets_mount))
    error_message = "secrets_mount is no plain name of lowercase letters, digits and hyphens."
  }
}
