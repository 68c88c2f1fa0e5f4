variable "name" {
  description = "Name of the network and prefix of everything in it, for example `ballast-staging`."
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

variable "zones" {
  description = "Availability zones to spread over. Three keep a quorum (Vault, Kafka, Thanos Receive) alive when one zone fails."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(distinct(var.zones)) == 3 && length(var.zones) == 3
    error_message = "Exactly three different zones are needed: a quorum of three survives the loss of one. List three zones of the region."
  }

  validation {
    condition     = alltrue([for zone in var.zones : startswith(zone, "${var.region}-")])
    error_message = "A zone is not in the region. List zones whose names begin with var.region."
  }
}

variable "cidr" {
  description = "Private IPv4 range of the network, /16 to /20. The first quarter goes to nodes, the second half to pods (256 addresses a node)."
  type        = string
  nullable    = false

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && try(tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 20, false)
    error_message = "cidr is not an IPv4 range between /16 and /20. Use one such as \"10.20.0.0/16\"; smaller ones run out of pod addresses."
  }
}

variable "service_cidr" {
  description = "IPv4 range of Kubernetes services. It lives inside the cluster only and must not overlap `cidr`."
  type        = string
  default     = "172.20.0.0/20"
  nullable    = false

  validation {
    condition     = can(cidrhost(var.service_cidr, 0)) && try(tonumber(split("/", var.service_cidr)[1]) >= 12 && tonumber(split("/", var.service_cidr)[1]) <= 24, false)
    error_message = "service_cidr is not an IPv4 range between /12 and /24. Use one such as \"172.20.0.0/20\"."
  }
}

variable "egress" {
  description = "How private addresses reach the internet: `per-zone` (no zone depends on another), `shared` (one gateway, cheaper) or `none`."
  type        = string
  default     = "per-zone"
  nullable    = false

  validation {
    condition     = contains(["per-zone", "shared", "none"], var.egress)
    error_message = "egress is none of \"per-zone\", \"shared\" and \"none\". Use \"per-zone\" in production."
  }
}

variable "flow_log_retention_days" {
  description = "Days for which flow logs are kept."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.flow_log_retention_days)
    error_message = "flow_log_retention_days is not a retention that both clouds offer. Use 30, 60, 90, 120, 150, 180, 365, 400, 545 or 731."
  }
}

variable "kms_key" {
  description = "Key that encrypts flow logs: an ARN on AWS, a key id (`projects/…/cryptoKeys/…`) on Google Cloud. Its policy must admit the logging service (module kms, purpose `logs`)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "kms_key is not the id of a key (projects/…/cryptoKeys/…). Take it from module kms: module.keys.keys[\"…\"]."
  }
}
