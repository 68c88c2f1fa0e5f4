variable "namespaces" {
  description = "Namespaces by name: their Pod Security level (`restricted` unless there is a `reason`) and quota. Quotas bound a mistake; they are not the sizing: leave room for a rollout and a lost zone."
  type = map(object({
    pod_security = optional(string, "restricted")
    reason       = optional(string, "")
    quota = optional(object({
      cpu        = optional(number, 16)
      memory_gb  = optional(number, 64)
      pods       = optional(number, 60)
      storage_gb = optional(number, 500)
    }), {})
  }))
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.namespaces) : can(regex("^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", name))])
    error_message = "The name of a namespace is not 1 to 63 lowercase letters, digits and hyphens that start with a letter. Name it after its component, as in \"loki\"."
  }

  validation {
    condition     = alltrue([for namespace in values(var.namespaces) : contains(["restricted", "baseline", "privileged"], namespace.pod_security)])
    error_message = "A pod_security is none of restricted, baseline and privileged. Leave it out: restricted is right for all but agents on the host."
  }

  validation {
    condition     = alltrue([for namespace in values(var.namespaces) : namespace.pod_security == "restricted" || length(namespace.reason) >= 20])
    error_message = "A namespace is not restricted and does not say why. Write as its reason what its pods need of the host (20 characters or more), or leave pod_security out."
  }

  validation {
    condition = alltrue([
      for namespace in values(var.namespaces) :
      namespace.quota.cpu > 0 && namespace.quota.memory_gb > 0 && namespace.quota.pods >= 1 && namespace.quota.storage_gb >= 0
    ])
    error_message = "A quota is 0 or below: no pod would start. Give cpu, memory_gb and pods more than 0; storage_gb may be 0."
  }
}

variable "flows" {
  description = "Who may connect to whom inside the cluster, by name, and what for. Each makes the policy of both ends; an end that is not one of our namespaces (kube-system) only ours. `pods` are labels, none is the whole namespace."
  type = map(object({
    from    = object({ namespace = string, pods = optional(map(string), {}) })
    to      = object({ namespace = string, pods = optional(map(string), {}) })
    tcp     = optional(list(number), [])
    udp     = optional(list(number), [])
    purpose = string
  }))
  nullable = false

  validation {
    condition     = alltrue([for flow in values(var.flows) : contains(keys(var.namespaces), flow.from.namespace) || contains(keys(var.namespaces), flow.to.namespace)])
    error_message = "A flow has neither end in one of var.namespaces, so it would make nothing. Mend the namespace's name, or remove the flow."
  }

  validation {
    condition     = alltrue([for flow in values(var.flows) : length(flow.tcp) + length(flow.udp) > 0])
    error_message = "A flow names no port: that would open all of them. List the ports in tcp or udp."
  }

  validation {
    condition     = alltrue([for flow in values(var.flows) : length(flow.purpose) >= 10])
    error_message = "A flow does not say what it is for. Write its purpose (10 characters or more): it is read when somebody asks whether it is still needed."
  }
}

variable "outward" {
  description = "Connections that leave the cluster or reach its nodes, by name: to `cidr` without `except`. The clouds' APIs and PagerDuty have no fixed addresses, so `0.0.0.0/0` is taken, for port 443 alone."
  type = map(object({
    from    = object({ namespace = string, pods = optional(map(string), {}) })
    cidr    = string
    except  = optional(list(string), [])
    port    = optional(number, 443)
    purpose = string
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for flow in values(var.outward) : contains(keys(var.namespaces), flow.from.namespace)])
    error_message = "An outward flow is from a namespace that is not in var.namespaces. Mend its name."
  }

  validation {
    condition     = alltrue(flatten([for flow in values(var.outward) : [for cidr in concat([flow.cidr], flow.except) : can(cidrhost(cidr, 0))]]))
    error_message = "An outward flow names a range that is none. Write it as in \"10.20.0.0/16\"."
  }

  validation {
    condition     = alltrue([for flow in values(var.outward) : flow.cidr != "0.0.0.0/0" || flow.port == 443])
    error_message = "An outward flow goes anywhere on another port than 443. Name its range, or use 443."
  }

  validation {
    condition     = alltrue([for flow in values(var.outward) : length(flow.purpose) >= 10])
    error_message = "An outward flow does not say what it is for. Write its purpose (10 characters or more)."
  }
}

variable "api_server" {
  description = "The Kubernetes API: the range that it answers from and calls webhooks from (the network's on AWS, the control plane's on Google Cloud), its `clients` (pods by namespace that use it) and the `webhooks` that it calls."
  type = object({
    cidr     = string
    port     = optional(number, 443)
    clients  = optional(map(list(map(string))), {})
    webhooks = optional(map(object({ namespace = string, pods = optional(map(string), {}), port = number })), {})
  })
  nullable = false

  validation {
    condition     = can(cidrhost(var.api_server.cidr, 0)) && var.api_server.cidr != "0.0.0.0/0"
    error_message = "api_server.cidr is no range, or everything. Give the network's on AWS, the control plane's on Google Cloud."
  }

  validation {
    condition = alltrue(concat(
      [for namespace in keys(var.api_server.clients) : contains(keys(var.namespaces), namespace)],
      [for webhook in values(var.api_server.webhooks) : contains(keys(var.namespaces), webhook.namespace)],
    ))
    error_message = "api_server names a namespace that is not in var.namespaces. Mend its name."
  }
}

variable "dns" {
  description = "Where names are resolved: the DNS pods, and addresses of a cache on the nodes where there is one (GKE: 169.254.20.10)."
  type = object({
    namespace = optional(string, "kube-system")
    pods      = optional(map(string), { "k8s-app" = "kube-dns" })
    addresses = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for address in var.dns.addresses : can(cidrhost("${address}/32", 0))])
    error_message = "One of dns.addresses is no IPv4 address. Write it as in \"169.254.20.10\"."
  }
}
