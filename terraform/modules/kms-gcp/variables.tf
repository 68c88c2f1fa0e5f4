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

  validation {
    condition     = can(regex("^[0-9]{6,15}$", var.account.number))
    error_message = "account.number is not a Google Cloud project number. Print yours with: gcloud projects describe PROJECT --format='value(projectNumber)'."
  }
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
