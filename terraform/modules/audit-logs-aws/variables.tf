variable "name" {
  description = "Prefix of the bucket's name, which must be unique in the world: for example `acme-ballast-staging`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,40}[a-z0-9]$", var.name))
    error_message = "The name is not 4 to 42 lowercase letters, digits and hyphens that start with a letter. Put your company's name first, as in \"acme-ballast-staging\"."
  }
}

variable "account" {
  description = "The AWS account: `id` is its 12-digit number. `number` belongs to Google Cloud and is not read here."
  type = object({
    id     = string
    number = optional(string)
  })
  nullable = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account.id))
    error_message = "account.id is not a 12-digit AWS account number. Print yours with: aws sts get-caller-identity --query Account."
  }
}

variable "region" {
  description = "Region of the network, for example `eu-west-1`. The provider must be configured for the same one."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "The region is not written as AWS writes it. Name one such as \"eu-west-1\" (a zone has a letter more)."
  }
}

variable "retention_days" {
  description = "Days for which no one may change or delete an audit record; it is deleted after that."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = var.retention_days >= 90 && var.retention_days <= 3650
    error_message = "retention_days is not between 90 and 3650. Attacks are found after months: keep at least 90 days, a year if you can."
  }
}

variable "lock" {
  description = "How hard records are locked: `governance` (an administrator with a special right can still remove them) or `compliance` (nobody can, not even the cloud's support, until retention ends)."
  type        = string
  default     = "governance"
  nullable    = false

  validation {
    condition     = contains(["governance", "compliance"], var.lock)
    error_message = "lock is neither \"governance\" nor \"compliance\". Try governance first: compliance cannot be taken back."
  }
}

variable "kubernetes_audit_logs" {
  description = "Kubernetes audit logs to keep, by cluster: output `audit_log_source` of module eks or gke."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "kms_key" {
  description = "Key that encrypts the records (module kms, purpose `audit`)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key))
    error_message = "kms_key is not the ARN of a key. Take it from module kms: module.keys.keys[\"…\"]."
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
