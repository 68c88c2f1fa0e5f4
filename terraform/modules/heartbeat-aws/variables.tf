variable "name" {
  description = "Prefix of the heartbeat's topic and alarm, for example `ballast-staging`."
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

variable "silence_minutes" {
  description = "Minutes without a heartbeat after which somebody is paged. The heartbeat comes every minute."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.silence_minutes >= 3 && var.silence_minutes <= 30 && floor(var.silence_minutes) == var.silence_minutes
    error_message = "silence_minutes is not a whole number from 3 to 30. Below 3 a late metric pages; above 30 nobody would know that monitoring is dead."
  }
}

variable "contacts" {
  description = "Who is paged, by name, on a way that shares nothing with the platform: `kind` is `email` (for example PagerDuty's email integration) or `sms`. No key is needed, so none is kept in the state."
  type = map(object({
    kind    = string
    address = string
  }))
  nullable = false

  validation {
    condition     = length(var.contacts) > 0
    error_message = "contacts is empty: the death of monitoring would page nobody. Name at least one address."
  }

  validation {
    condition = alltrue([for contact in values(var.contacts) : (
      contact.kind == "email" && can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", contact.address)) ||
      contact.kind == "sms" && can(regex("^\\+[1-9][0-9]{6,14}$", contact.address))
    )])
    error_message = "A contact is neither { kind = \"email\", address = \"…@…\" } nor { kind = \"sms\", address = \"+…\" } (a number with its country code)."
  }
}

variable "kms_key" {
  description = "Key that encrypts messages at rest (module kms, purpose `messaging`)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key))
    error_message = "kms_key is not the ARN of a key. Take it from module kms: module.keys.keys[\"…\"]."
  }
}
