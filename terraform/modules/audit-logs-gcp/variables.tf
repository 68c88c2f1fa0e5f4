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

variable "region" {
  description = "Region of the network, for example `europe-west1`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "The region is not written as Google Cloud writes it. Name one such as \"europe-west1\" (a zone has a letter more)."
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
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "kms_key is not the id of a key (projects/…/cryptoKeys/…). Take it from module kms: module.keys.keys[\"…\"]."
  }
}
