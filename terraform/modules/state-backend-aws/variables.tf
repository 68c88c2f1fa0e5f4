variable "name" {
  description = "Prefix of the state bucket's name, which must be unique in the world: for example `acme-ballast-staging`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,30}[a-z0-9]$", var.name))
    error_message = "The name is not 4 to 32 lowercase letters, digits and hyphens that start with a letter. Put your company's name first, as in \"acme-ballast-staging\"."
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

variable "restore_days" {
  description = "Days for which an older version of a state can be brought back."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.restore_days >= 30 && var.restore_days <= 90
    error_message = "restore_days is not between 30 and 90. A broken state is often found weeks later: give 30 or more."
  }
}
