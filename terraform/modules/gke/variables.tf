variable "name" {
  description = "Name of the cluster. Changing it replaces the cluster."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,30}[a-z0-9]$", var.name))
    error_message = "The name is not 4 to 32 lowercase letters, digits and hyphens that start with a letter. Shorten it, as in \"ballast-staging\"."
  }
}

variable "account" {
  description = "The Google Cloud project: `id` is its name, `number` its number (for the addresses of Google's own service agents)."
  type = object({
    id     = string
    number = optional(string)
  })
  nullable = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.account.id))
    error_message = "account.id is not a Google Cloud project id. Print yours with: gcloud config get-value project."
  }
}

variable "network" {
  description = "The network to live in: output `network` of module network-aws or network-gcp. The two ranges are names of secondary ranges and belong to Google Cloud."
  type = object({
    id             = string
    region         = string
    zones          = list(string)
    cidr           = string
    subnet_ids     = list(string)
    service_cidr   = string
    pods_range     = optional(string)
    services_range = optional(string)
  })
  nullable = false
}

variable "kubernetes" {
  description = "Minor version to run, and the one that ran before it. An upgrade is two edits in one commit: `upgraded_from` takes the old version, `version` the next one."
  type = object({
    version       = string
    upgraded_from = optional(string)
  })
  nullable = false

  validation {
    condition     = can(regex("^1\\.[0-9]{2}$", var.kubernetes.version)) && can(regex("^1\\.[0-9]{2}$", coalesce(var.kubernetes.upgraded_from, var.kubernetes.version)))
    error_message = "kubernetes.version and upgraded_from are minor versions such as \"1.33\". Leave out the patch: the cloud chooses it."
  }

  validation {
    condition = contains([0, 1], try(
      tonumber(split(".", var.kubernetes.version)[1]) - tonumber(split(".", coalesce(var.kubernetes.upgraded_from, var.kubernetes.version))[1]), -1
    ))
    error_message = "Kubernetes is upgraded one minor version at a time and never back. Set kubernetes.version to the one right after kubernetes.upgraded_from, apply, then go on."
  }
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

  validation {
    condition     = anytrue([for pool in values(var.node_pools) : pool.monitoring])
    error_message = "No pool has monitoring = true: Prometheus would have nowhere to run. Mark at least one."
  }

  validation {
    condition     = anytrue([for pool in values(var.node_pools) : !pool.monitoring])
    error_message = "Every pool has monitoring = true: its taint keeps system pods such as CoreDNS away. Add a pool without it."
  }

  validation {
    condition     = alltrue([for pool in values(var.node_pools) : pool.min_nodes >= 1 && pool.max_nodes >= pool.min_nodes])
    error_message = "A pool has min_nodes below 1 or above max_nodes. Give at least 1 node and max_nodes >= min_nodes."
  }

  validation {
    condition     = alltrue([for pool in values(var.node_pools) : pool.disk_gb >= 50])
    error_message = "A pool has disk_gb below 50: images and write-ahead logs fill that within days. Give 50 or more."
  }

  validation {
    condition     = alltrue([for name in keys(var.node_pools) : can(regex("^[a-z][a-z0-9-]{0,18}[a-z0-9]$", name))])
    error_message = "The name of a pool is not 2 to 20 lowercase letters, digits and hyphens that start with a letter. Rename it, as in \"monitoring\"."
  }
}

variable "access" {
  description = "Who may use the Kubernetes API, by a name of your choice: an IAM role ARN on AWS, a member such as `group:sre@example.com` on Google Cloud; `level` is `admin` or `view`."
  type = map(object({
    principal = string
    level     = optional(string, "view")
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for entry in values(var.access) : contains(["admin", "view"], entry.level)])
    error_message = "An entry of access has a level other than \"admin\" and \"view\". Finer rights are Kubernetes RBAC's (module kubernetes-rbac)."
  }
}

variable "api_allowed_cidrs" {
  description = "Private ranges outside the network (VPN, CI runners) that may reach the private API endpoint, by name. There is no public endpoint."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for cidr in values(var.api_allowed_cidrs) : can(cidrhost(cidr, 0)) && try(tonumber(split("/", cidr)[1]) >= 8, false)])
    error_message = "A range of api_allowed_cidrs is no IPv4 range of /8 or smaller. Name the VPN's or runners' network; the API is never open to everyone."
  }
}

variable "kms_keys" {
  description = "Keys by use: `secrets` encrypts Kubernetes secrets, `disks` the nodes' disks, `logs` the control plane's logs (outputs of module kms)."
  type = object({
    secrets = string
    disks   = string
    logs    = string
  })
  nullable = false
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

  validation {
    condition     = contains(["MO", "TU", "WE", "TH", "FR", "SA", "SU"], var.maintenance_window.day)
    error_message = "maintenance_window.day is none of MO, TU, WE, TH, FR, SA and SU."
  }

  validation {
    condition     = can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]$", var.maintenance_window.start))
    error_message = "maintenance_window.start is not a time of day in UTC such as \"02:00\"."
  }

  validation {
    condition     = var.maintenance_window.hours >= 4 && var.maintenance_window.hours <= 24
    error_message = "maintenance_window.hours is not between 4 and 24. Google Cloud refuses windows below 4 hours, and an upgrade needs them."
  }
}

variable "log_retention_days" {
  description = "Days for which the control plane's logs, the audit log among them, stay searchable. Module audit-logs keeps audit logs for longer, locked."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "log_retention_days is not a retention that both clouds offer. Use 30, 60, 90, 120, 150, 180, 365, 400, 545 or 731."
  }
}

variable "deletion_protection" {
  description = "Refuses to destroy or replace the cluster. To remove one, apply `false` first, then destroy: two reviewed steps."
  type        = bool
  default     = true
  nullable    = false
}

variable "tags" {
  description = "Tags (AWS) or labels (Google Cloud) for what a provider's defaults do not reach: nodes and their disks."
  type        = map(string)
  default     = {}
  nullable    = false
}
