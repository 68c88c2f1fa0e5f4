variable "name" {
  description = "Prefix of the keys' names, for example `ballast-staging`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,30}[a-z0-9]$", var.name))
    error_message = "The name is not 4 to 32 lowercase letters, digits and hyphens that start with a letter. Shorten it, as in \"ballast-staging\"."
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

variable "keys" {
  description = "Keys by name. `purpose` decides which of the cloud's own services may use the key: `kubernetes-secrets`, `disks`, `object-storage`, `logs`, `audit`, `messaging`, or `unseal` (none: workloads only)."
  type = map(object({
    purpose       = string
    rotation_days = optional(number, 365)
  }))
  nullable = false

  validation {
    condition     = alltrue([for key in values(var.keys) : contains(["kubernetes-secrets", "disks", "object-storage", "logs", "audit", "messaging", "unseal"], key.purpose)])
    error_message = "A key has an unknown purpose. Use kubernetes-secrets, disks, object-storage, logs, audit, messaging or unseal."
  }

  validation {
    condition     = alltrue([for key in values(var.keys) : key.rotation_days >= 90 && key.rotation_days <= 2560])
    error_message = "A key has rotation_days outside 90 to 2560, the range in which both clouds rotate by themselves."
  }
}
