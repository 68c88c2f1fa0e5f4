variable "namespace" {
  description = "Namespace of Vault, made by module namespace-baseline."
  type        = string
  default     = "vault"
  nullable    = false
}

variable "cloud" {
  description = "Whose key unseals: `aws` or `gcp`."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["aws", "gcp"], var.cloud)
    error_message = "cloud is neither \"aws\" nor \"gcp\"."
  }
}

variable "unseal" {
  description = "The key that unseals: output `keys[\"unseal\"]` of the cluster root, and the region that it is in."
  type = object({
    key    = string
    region = string
  })
  nullable = false

  validation {
    condition = can(regex(lookup({
      aws = "^arn:aws:kms:[a-z0-9-]+:[0-9]{12}:key/.+$"
      gcp = "^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$"
    }, var.cloud, "."), var.unseal.key))
    error_message = "unseal.key is no key of that cloud. Give an ARN (arn:aws:kms:…:key/…) on AWS, projects/…/cryptoKeys/… on Google Cloud."
  }
}

variable "tls" {
  description = "Vault's certificate, as module certificates outputs it: for services `vault` and `vault-active` and pods of `vault-internal`."
  type = object({
    secret_name = string
    server_name = string
  })
  nullable = false
}

variable "identity" {
  description = "Vault's service account, and the annotations that let it use the unseal key: output `service_accounts[\"vault\"]` of the cluster root."
  type = object({
    service_account = string
    annotations     = map(string)
  })
  nullable = false
}

variable "scheduling" {
  description = "Which nodes: output `monitoring_scheduling` of the cluster root."
  type = object({
    node_selector = optional(map(string), {})
    tolerations = optional(list(object({
      key      = string
      operator = string
      value    = optional(string)
      effect   = optional(string)
    })), [])
  })
  default  = {}
  nullable = false
}

variable "zones" {
  description = "Zones of the cluster. The servers are spread over them, so that a quorum outlives any one."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(distinct(var.zones)) >= 3
    error_message = "There are fewer than three zones: the quorum would be lost with one of them. List three."
  }
}

variable "priority_class" {
  description = "PriorityClass of the pods: one of the outputs `priority_classes` of module namespace-baseline."
  type        = string
  nullable    = false
}

variable "storage_class" {
  description = "StorageClass of data and audit volumes: encrypted, and bound where the pod is (`WaitForFirstConsumer`)."
  type        = string
  nullable    = false
}

variable "sizing" {
  description = "Servers (3 or 5), what one requests, and its volumes for data and for the audit file, in GB."
  type = object({
    replicas   = optional(number, 3)
    cpu        = optional(string, "500m")
    memory     = optional(string, "1Gi")
    storage_gb = optional(number, 20)
    audit_gb   = optional(number, 10)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains([3, 5], var.sizing.replicas)
    error_message = "sizing.replicas is neither 3 nor 5. Three outlive one server, five outlive two; an even number outlives no more than the odd one below."
  }

  validation {
    condition     = var.sizing.storage_gb >= 10 && var.sizing.audit_gb >= 5
    error_message = "sizing.storage_gb is below 10 or audit_gb below 5: the audit file is cut at 2 GB and one before is kept."
  }
}
