variable "name" {
  description = "Prefix of the identities' names and of everything they may change, for example `ballast-staging`."
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

variable "environment" {
  description = "The environment these identities are for: `staging` or `production`. Only jobs of the GitHub environment of that name may apply; plans run in `<environment>-plan`."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "environment is neither \"staging\" nor \"production\"."
  }
}

variable "github" {
  description = "The repository whose workflows may act, for example `{ organization = \"acme\", repository = \"ballast\" }`."
  type = object({
    organization = string
    repository   = string
  })
  nullable = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9-]*$", var.github.organization)) && can(regex("^[A-Za-z0-9._-]+$", var.github.repository))
    error_message = "github names no single repository. Give organization and repository apart, without \"/\" or \"*\"."
  }
}

variable "state" {
  description = "Where Terraform's state is: outputs `bucket` and `key_id` of module state-backend."
  type = object({
    bucket = string
    key_id = string
  })
  nullable = false
}

variable "bucket_prefix" {
  description = "Prefix of the names of the environment's buckets: what `name` is for modules object-storage and audit-logs."
  type        = string
  nullable    = false
}
