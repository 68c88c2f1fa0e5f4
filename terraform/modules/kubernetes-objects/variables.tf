variable "name" {
  description = "Name of the Helm release that holds the objects."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,51}[a-z0-9])?$", var.name))
    error_message = "The name is not 1 to 53 lowercase letters, digits and hyphens that start with a letter. Shorten it: Helm takes no more."
  }
}

variable "namespace" {
  description = "Namespace of the release. Objects that are in a namespace must be in this one."
  type        = string
  nullable    = false
}

variable "objects" {
  description = "Manifests by a key of your choice (`certificate/loki` reads well), each as `jsonencode({ apiVersion = …, kind = …, metadata = …, … })`."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.objects) > 0
    error_message = "There are no objects. Leave the module out with count = 0 instead."
  }

  validation {
    condition = alltrue([
      for document in values(var.objects) : alltrue([
        for path in [
          try(jsondecode(document).apiVersion, ""), try(jsondecode(document).kind, ""), try(jsondecode(document).metadata.name, "")
        ] : path != ""
      ])
    ])
    error_message = "An object is no JSON manifest with apiVersion, kind and metadata.name. Write it as jsonencode({ … })."
  }

  validation {
    condition     = alltrue([for document in values(var.objects) : try(jsondecode(document).kind, "") != "Secret"])
    error_message = "An object is a Secret: what Terraform knows, its state knows. Let external-secrets or cert-manager make it."
  }

  validation {
    condition     = alltrue([for document in values(var.objects) : contains([var.namespace, ""], try(jsondecode(document).metadata.namespace, ""))])
    error_message = "An object names a namespace that is not the module's. Use one module a namespace, so that what may change where stays readable."
  }
}

variable "timeout_seconds" {
  description = "How long to wait for the objects, in seconds."
  type        = number
  default     = 300
  nullable    = false

  validation {
    condition     = var.timeout_seconds >= 30 && var.timeout_seconds <= 3600
    error_message = "timeout_seconds is not between 30 and 3600."
  }
}
