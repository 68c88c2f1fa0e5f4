variable "name" {
  description = "Prefix of the buckets' names, which must be unique in the world: for example `acme-ballast-staging`."
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

variable "buckets" {
  description = "Buckets by name (`metrics`, `logs`, `traces`, `backups`). Objects are removed by the application that owns them; `expire_days` is for data that has none. A removed or overwritten object can be brought back for `restore_days`."
  type = map(object({
    restore_days = optional(number, 14)
    cold_days    = optional(number)
    expire_days  = optional(number)
  }))
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.buckets) : can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", name))])
    error_message = "The name of a bucket is not 3 to 20 lowercase letters, digits and hyphens that start with a letter. Rename it, as in \"metrics\"."
  }

  validation {
    condition     = alltrue([for bucket in values(var.buckets) : bucket.restore_days >= 7 && bucket.restore_days <= 90])
    error_message = "A bucket has restore_days outside 7 to 90. A deletion must be undoable for a week; more than 90 days costs more than it saves."
  }

  validation {
    condition     = alltrue([for bucket in values(var.buckets) : coalesce(bucket.cold_days, 30) >= 30])
    error_message = "A bucket has cold_days below 30: both clouds bill infrequent access for at least 30 days. Give 30 or more, or leave it out."
  }

  validation {
    condition     = alltrue([for bucket in values(var.buckets) : coalesce(bucket.expire_days, 36500) > coalesce(bucket.cold_days, 0)])
    error_message = "A bucket has expire_days not after cold_days. Let objects expire later than they turn cold."
  }
}

variable "kms_key" {
  description = "Key that encrypts every object: an ARN on AWS, a key id on Google Cloud (module kms, purpose `object-storage`)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "kms_key is not the id of a key (projects/…/cryptoKeys/…). Take it from module kms: module.keys.keys[\"…\"]."
  }
}
