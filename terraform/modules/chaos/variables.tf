variable "engine" {
  description = "`chaos-mesh`, or `litmus`."
  type        = string
  default     = "chaos-mesh"
  nullable    = false

  validation {
    condition     = contains(["chaos-mesh", "litmus"], var.engine)
    error_message = "engine is neither chaos-mesh nor litmus."
  }
}

variable "namespace" {
  description = "Namespace of the engine alone, with Pod Security `privileged`: Chaos Mesh's daemon enters other pods' namespaces on its node."
  type        = string
  default     = "chaos"
  nullable    = false
}

variable "targets" {
  description = "Namespaces in which experiments may run, each with why, and what may be broken there: pod, network, stress, io, time, http. It must exist, and carry output `namespace_annotations`."
  type = map(object({
    reason = string
    faults = optional(list(string), ["pod", "network", "stress"])
  }))
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.targets) : !contains(["kube-system", "kube-public", "kube-node-lease", "default", "cert-manager", "chaos"], name)])
    error_message = "A target is a namespace that everything else depends on, or the engine's own. Break a component instead: name its namespace."
  }

  validation {
    condition     = alltrue([for target in values(var.targets) : length(target.faults) > 0 && length(setsubtract(target.faults, ["pod", "network", "stress", "io", "time", "http"])) == 0])
    error_message = "A target lists no fault, or an unknown one. Use pod, network, stress, io, time and http."
  }

  validation {
    condition     = alltrue([for target in values(var.targets) : length(target.reason) >= 20])
    error_message = "A target does not say why it may be broken (20 characters or more): which experiment or game day needs it?"
  }
}

variable "groups" {
  description = "Groups of people (OpenID) who may run experiments by hand, besides the runner."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for group in var.groups : group != "" && !startswith(group, "system:")])
    error_message = "A group is empty or one of Kubernetes' own, such as system:authenticated, which is everybody. Name a group of your OpenID provider."
  }
}

variable "runtime_socket" {
  description = "The nodes' containerd socket."
  type        = string
  default     = "/run/containerd/containerd.sock"
  nullable    = false

  validation {
    condition     = can(regex("^/[a-z0-9/._-]+\\.sock$", var.runtime_socket))
    error_message = "runtime_socket is no path to a socket. EKS and GKE have /run/containerd/containerd.sock."
  }
}

variable "litmus" {
  description = "For engine litmus: ChaosCenter's `host` as people open it, their OpenID `issuer` and `client_id`, the `secret_name` of its passwords (external-secrets), its MongoDB (`host:port`, TLS) and the secret of its certificate."
  type = object({
    host            = string
    issuer          = string
    client_id       = string
    secret_name     = string
    mongodb         = string
    tls_secret_name = string
  })
  default = null

  validation {
    condition     = var.litmus == null ? true : startswith(var.litmus.issuer, "https://") && can(regex("^[a-z0-9.-]+:[0-9]+$", var.litmus.mongodb))
    error_message = "litmus.issuer is not https, or litmus.mongodb is not host:port."
  }
}

variable "scheduling" {
  description = "Where the controllers run. The daemon runs on every node."
  type = object({
    node_selector = map(string)
    tolerations = list(object({
      key      = string
      operator = string
      value    = string
      effect   = string
    }))
  })
  nullable = false
}

variable "priority_class" {
  description = "PriorityClass of the controllers (module namespace-baseline): below the page path, so that an experiment never takes its place."
  type        = string
  nullable    = false

  validation {
    condition     = var.priority_class != "" && var.priority_class != "page-path"
    error_message = "priority_class is empty or the page path's. Give the platform's."
  }
}
