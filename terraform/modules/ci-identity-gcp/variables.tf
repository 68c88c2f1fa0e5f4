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
