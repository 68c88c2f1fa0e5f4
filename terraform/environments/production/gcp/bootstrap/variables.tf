variable "organization" {
  description = "Short name of your company; the names of buckets, which must be unique in the world, start with it."
  type        = string
  nullable    = false
}

variable "account" {
  description = "The account to live in: `id` is the account number on AWS and the project's name on Google Cloud, `number` the project's number (Google Cloud only)."
  type = object({
    id     = string
    number = optional(string)
  })
  nullable = false
}

variable "region" {
  description = "Region of the state bucket."
  type        = string
  nullable    = false
}

variable "github" {
  description = "The repository whose workflows plan and apply this environment."
  type = object({
    organization = string
    repository   = string
  })
  nullable = false
}

variable "tags" {
  description = "Who owns this and who pays: on everything that can carry a tag (AWS) or label (Google Cloud)."
  type = object({
    owner       = string
    cost_centre = string
  })
  nullable = false

  validation {
    condition     = alltrue([for value in values(var.tags) : can(regex("^[a-z0-9][a-z0-9_-]{0,62}$", value))])
    error_message = "A tag is not 1 to 63 lowercase letters, digits, hyphens and underscores: Google Cloud takes no other labels. Write \"team-sre\", not \"Team SRE\"."
  }
}
