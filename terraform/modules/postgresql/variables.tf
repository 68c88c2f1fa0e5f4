variable "namespace" {
  description = "Namespace of PostgreSQL and its operator. It must exist (module namespace-baseline)."
  type        = string
  default     = "postgresql"
  nullable    = false
}

variable "databases" {
  description = "Databases by name, each with the role that owns it (its own name, unless given): whoever has a certificate with that common name. One that is taken out of the list stays, and its data."
  type = map(object({
    owner            = optional(string)
    connection_limit = optional(number, 50)
  }))
  default  = { gateway = {} }
  nullable = false

  validation {
    condition     = length(var.databases) > 0 && alltrue([for name, database in var.databases : can(regex("^[a-z][a-z0-9-]{0,62}$", name)) && can(regex("^[a-z][a-z0-9_-]{0,62}$", coalesce(database.owner, name)))])
    error_message = "There is no database, or one whose name or owner is not 1 to 63 lowercase letters, digits and hyphens. Write it as in { gateway = {} }."
  }

  validation {
    condition     = length(setintersection(["postgres", "postgresql", "template0", "template1", "streaming_replica"], concat(keys(var.databases), [for database in values(var.databases) : database.owner if database.owner != null]))) == 0
    error_message = "A database or owner has a name that PostgreSQL, CloudNativePG or this module uses. Take another."
  }

  validation {
    condition     = sum([for database in values(var.databases) : database.connection_limit]) <= var.max_connections - 20
    error_message = "The databases' connection_limits are together more than max_connections less 20 (replication, operator, administrators): one could starve the others. Lower them or raise max_connections."
  }
}

variable "issuer_role" {
  description = "The role by which Vault makes short-lived roles: the common name of its certificate."
  type        = string
  default     = "vault"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,62}$", var.issuer_role))
    error_message = "issuer_role is not 1 to 63 lowercase letters, digits and hyphens. It is the common name of Vault's certificate: \"vault\"."
  }
}

variable "max_connections" {
  description = "Connections at once."
  type        = number
  default     = 200
  nullable    = false

  validation {
    condition     = var.max_connections >= 50 && var.max_connections <= 1000
    error_message = "max_connections is not 50 to 1000: each costs some 10 MB. Beyond that use a pooler."
  }
}

variable "object_storage" {
  description = "Where backups and the archive of changes go: `cloud` is aws or gcp, `bucket` a bucket's name (the cluster root's `buckets[\"backups\"].name`)."
  type = object({
    cloud  = string
    bucket = string
  })
  nullable = false

  validation {
    condition     = contains(["aws", "gcp"], var.object_storage.cloud)
    error_message = "object_storage.cloud is neither aws nor gcp."
  }
}

variable "retention_days" {
  description = "Days back to which every moment can be restored."
  type        = number
  default     = 35
  nullable    = false

  validation {
    condition     = var.retention_days >= 7 && var.retention_days <= 400
    error_message = "retention_days is not 7 to 400. A mistake is often found only after a weekend: give 35."
  }
}

variable "backup_schedule" {
  description = "When a base backup is made: cron with seconds first, in UTC."
  type        = string
  default     = "0 30 1 * * *"
  nullable    = false

  validation {
    condition     = length(split(" ", var.backup_schedule)) == 6
    error_message = "backup_schedule has not six fields. CloudNativePG's begins with the second: \"0 30 1 * * *\" is 01:30 every day."
  }
}

variable "generation" {
  description = "Which life of the cluster this is. A restored cluster is a new one, with an archive of its own: raise it by one with `recovery`."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.generation >= 1 && floor(var.generation) == var.generation
    error_message = "generation is not a whole number from 1."
  }
}

variable "recovery" {
  description = "Start from the archive of an earlier `generation`, as it was at `target_time` (RFC 3339; its end, unless given). Leave it in place afterwards."
  type = object({
    generation  = number
    target_time = optional(string)
  })
  default = null

  validation {
    condition     = var.recovery == null ? true : var.recovery.generation < var.generation
    error_message = "recovery.generation is not before generation: the new cluster would write over the archive that it reads. Raise generation."
  }

  validation {
    condition     = can(var.recovery.target_time == null ? "" : timeadd(var.recovery.target_time, "0s")) || var.recovery == null
    error_message = "recovery.target_time is no time such as \"2026-03-01T09:30:00Z\"."
  }
}

variable "tls" {
  description = "The server's certificate, as module certificates outputs it, for Services postgresql-rw, -ro and -r. Clients are admitted with certificates of the same authority."
  type = object({
    secret_name = string
    server_name = string
  })
  nullable = false
}

variable "replication_tls" {
  description = "The standbys' certificate, as module certificates outputs it, with common name `streaming_replica`."
  type = object({
    secret_name = string
    common_name = string
  })
  nullable = false

  validation {
    condition     = var.replication_tls.common_name == "streaming_replica"
    error_message = "replication_tls is not for streaming_replica: standbys could not connect. Ask module certificates for { common_name = \"streaming_replica\", namespace = \"postgresql\" }."
  }
}

variable "scrapers" {
  description = "Who may read metrics: DNS names in their certificates."
  type        = list(string)
  default     = ["prometheus"]
  nullable    = false

  validation {
    condition     = length(var.scrapers) > 0 && !contains(var.scrapers, "localhost")
    error_message = "scrapers is empty or names localhost, which every certificate has. Name Prometheus."
  }
}

variable "identity" {
  description = "The pods' service account, and the annotations that bind it to the identity which may write the backups: output `service_accounts[\"postgresql\"]` of the cluster root. CloudNativePG names the account after the cluster."
  type = object({
    service_account = string
    annotations     = map(string)
  })
  nullable = false

  validation {
    condition     = var.identity.service_account == "postgresql"
    error_message = "identity.service_account is not postgresql, which the operator makes: backups would have no rights. Mend terraform/environments/components.yaml."
  }
}

variable "storage_class" {
  description = "Storage class of the volumes: encrypted, allows growth, binds late."
  type        = string
  nullable    = false

  validation {
    condition     = var.storage_class != ""
    error_message = "storage_class is empty: volumes would be whatever the cluster's default is. Name the encrypted one."
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
  description = "Zones of the cluster. Instances are spread over them."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(distinct(var.zones)) >= 3
    error_message = "There are fewer than three zones: with one gone, no standby could acknowledge. List three."
  }
}

variable "priority_class" {
  description = "PriorityClass of the page path (module namespace-baseline)."
  type        = string
  nullable    = false
}

variable "sizing" {
  description = "Instances, what one requests and the size of its data volume, as module sizing computes them."
  type = object({
    replicas   = number
    cpu        = string
    memory     = string
    storage_gb = number
  })
  nullable = false

  validation {
    condition     = var.sizing.replicas >= 3 && var.sizing.replicas % 2 == 1
    error_message = "sizing.replicas is not an odd number from 3: a primary that waits for one standby stops when the only one restarts. Give 3."
  }

  validation {
    condition     = var.sizing.storage_gb >= 10
    error_message = "sizing.storage_gb is below 10: an hour without the archive fills it. Give 10 or more."
  }
}
