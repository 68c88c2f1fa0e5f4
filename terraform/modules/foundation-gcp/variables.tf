variable "environment" {
  description = "The environment: `staging` or `production`. Production keeps its cluster protected and a gateway a zone."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "environment is neither \"staging\" nor \"production\"."
  }

  validation {
    condition     = var.environment == "staging" || var.deletion_protection
    error_message = "Production needs deletion_protection = true. To remove a production cluster, say so in a change that also renames the environment."
  }

  validation {
    condition     = var.environment == "staging" || var.egress != "shared"
    error_message = "Production cannot share one NAT gateway: the loss of its zone would silence every page. Use egress = \"per-zone\" or \"none\"."
  }
}

variable "organization" {
  description = "Short name of your company; the names of buckets, which must be unique in the world, start with it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,14}[a-z0-9]$", var.organization))
    error_message = "organization is not 3 to 16 lowercase letters, digits and hyphens that start with a letter."
  }
}

variable "account" {
  description = "The Google Cloud project: `id` is its name, `number` its number (for the addresses of Google's own service agents)."
  type = object({
    id     = string
    number = optional(string)
  })
  nullable = false
}

variable "region" {
  description = "Region of the network, for example `europe-west1`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "The region is not written as Google Cloud writes it. Name one such as \"europe-west1\" (a zone has a letter more)."
  }
}

variable "zones" {
  description = "Availability zones to spread over. Three keep a quorum (Vault, Kafka, Thanos Receive) alive when one zone fails."
  type        = list(string)
  nullable    = false
}

variable "cidr" {
  description = "Private IPv4 range of the network, /16 to /20. The first quarter goes to nodes, the second half to pods (256 addresses a node)."
  type        = string
  nullable    = false
}

variable "egress" {
  description = "How private addresses reach the internet: `per-zone` (no zone depends on another), `shared` (one gateway, cheaper) or `none`."
  type        = string
  default     = "per-zone"
  nullable    = false
}

variable "kubernetes" {
  description = "Minor version to run, and the one that ran before it. An upgrade is two edits in one commit: `upgraded_from` takes the old version, `version` the next one."
  type = object({
    version       = string
    upgraded_from = optional(string)
  })
  nullable = false
}

variable "node_pools" {
  description = "Node pools by name; sizes are of the whole pool, over all zones. Monitoring pods run only on pools with `monitoring = true`, and nothing else does."
  type = map(object({
    instance_type = string
    min_nodes     = optional(number, 3)
    max_nodes     = optional(number, 6)
    disk_gb       = optional(number, 100)
    monitoring    = optional(bool, false)
    labels        = optional(map(string), {})
  }))
  nullable = false
}

variable "access" {
  description = "Who may use the Kubernetes API, by a name of your choice: an IAM role ARN on AWS, a member such as `group:sre@example.com` on Google Cloud; `level` is `admin` or `view`."
  type = map(object({
    principal = string
    level     = optional(string, "view")
  }))
  default  = {}
  nullable = false
}

variable "api_allowed_cidrs" {
  description = "Private ranges outside the network (VPN, CI runners) that may reach the private API endpoint, by name. There is no public endpoint."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "maintenance_window" {
  description = "Weekly window, in UTC, for upgrades that the cloud starts by itself: `day` as in `SU`, `start` as in `02:00`, length in hours."
  type = object({
    day   = optional(string, "SU")
    start = optional(string, "02:00")
    hours = optional(number, 6)
  })
  default  = {}
  nullable = false
}

variable "deletion_protection" {
  description = "Refuses to destroy or replace the cluster. To remove one, apply `false` first, then destroy: two reviewed steps."
  type        = bool
  default     = true
  nullable    = false
}

variable "buckets" {
  description = "Buckets by name (`metrics`, `logs`, `traces`, `backups`). Objects are removed by the application that owns them; `expire_days` is for data that has none. A removed or overwritten object can be brought back for `restore_days`."
  type = map(object({
    restore_days = optional(number, 14)
    cold_days    = optional(number)
    expire_days  = optional(number)
  }))
  nullable = false

  validation {
    condition     = !contains(keys(var.buckets), "state") && !contains(keys(var.buckets), "audit")
    error_message = "A bucket is named \"state\" or \"audit\": modules state-backend and audit-logs make those. Choose another name."
  }
}

variable "components" {
  description = "Components that call the cloud, by name: their service account, the buckets that they `read` or `write`, whether they unseal with a key and whether they send the heartbeat. One file lists them for all environments: terraform/environments/components.yaml."
  type = map(object({
    namespace       = string
    service_account = string
    buckets         = optional(map(string), {})
    unseals         = optional(bool, false)
    heartbeat       = optional(bool, false)
  }))
  nullable = false

  validation {
    condition     = alltrue(flatten([for component in values(var.components) : [for bucket, access in component.buckets : contains(keys(var.buckets), bucket) && contains(["read", "write"], access)]]))
    error_message = "A component names a bucket that var.buckets lacks, or an access other than \"read\" and \"write\"."
  }

  validation {
    condition     = anytrue([for component in values(var.components) : component.heartbeat])
    error_message = "No component has heartbeat: true, so nobody would notice the death of monitoring. Set it on Alertmanager."
  }
}

variable "audit_retention_days" {
  description = "Days for which no one may change or delete an audit record; it is deleted after that."
  type        = number
  default     = 365
  nullable    = false
}

variable "audit_lock" {
  description = "How hard records are locked: `governance` (an administrator with a special right can still remove them) or `compliance` (nobody can, not even the cloud's support, until retention ends)."
  type        = string
  default     = "governance"
  nullable    = false
}

variable "heartbeat_contacts" {
  description = "Who is paged, by name, on a way that shares nothing with the platform: `kind` is `email` (for example PagerDuty's email integration) or `sms`. No key is needed, so none is kept in the state."
  type = map(object({
    kind    = string
    address = string
  }))
  nullable = false
}

variable "heartbeat_silence_minutes" {
  description = "Minutes without a heartbeat after which somebody is paged. The heartbeat comes every minute."
  type        = number
  default     = 5
  nullable    = false
}

variable "log_retention_days" {
  description = "Days for which the control plane's logs and the network's flow logs stay searchable."
  type        = number
  default     = 90
  nullable    = false
}

variable "tags" {
  description = "Tags (AWS) or labels (Google Cloud) for what a provider's defaults do not reach: nodes and their disks."
  type        = map(string)
  default     = {}
  nullable    = false
}
