variable "namespace" {
  description = "Namespace of Kafka and its operator. It must exist (module namespace-baseline)."
  type        = string
  default     = "kafka"
  nullable    = false
}

variable "topics" {
  description = "Topics by name. Events of one key stay in order; more partitions later would move keys, so begin with enough. Each has three replicas, of which two acknowledge."
  type = map(object({
    partitions     = number
    retention_days = number
  }))
  default = {
    alerts = { partitions = 12, retention_days = 30 }
    audit  = { partitions = 1, retention_days = 400 }
  }
  nullable = false

  validation {
    condition     = length(var.topics) > 0 && alltrue([for name in keys(var.topics) : can(regex("^[a-z0-9]([a-z0-9.-]{0,247}[a-z0-9])?$", name))])
    error_message = "There is no topic, or one whose name is not lowercase letters, digits, dots and hyphens. Write it as in { alerts = { partitions = 12, retention_days = 30 } }."
  }

  validation {
    condition     = alltrue([for topic in values(var.topics) : topic.partitions >= 1 && topic.partitions <= 100 && topic.retention_days >= 1])
    error_message = "A topic has not 1 to 100 partitions, or a retention below a day. Give 12 partitions for alerts, 1 where all events have one order."
  }
}

variable "users" {
  description = "Who may do what, by the common name of their certificate: topics that it `produces` to and `consumes` from (with consumer groups whose names begin with its own, or with one of `groups`); `observes` is for a metrics collector, which sees names, offsets and lag of everything and no event."
  type = map(object({
    produces = optional(list(string), [])
    consumes = optional(list(string), [])
    groups   = optional(list(string), [])
    observes = optional(bool, false)
  }))
  default = {
    gateway   = { produces = ["alerts", "audit"], consumes = ["alerts"] }
    collector = { observes = true }
  }
  nullable = false

  validation {
    condition     = length(var.users) > 0 && alltrue([for name in keys(var.users) : can(regex("^[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?$", name))])
    error_message = "There is no user, or one whose name is not 1 to 64 lowercase letters, digits, dots and hyphens. It is the common name of a certificate: \"gateway\"."
  }

  validation {
    condition     = alltrue([for user in values(var.users) : alltrue([for topic in concat(user.produces, user.consumes) : contains(keys(var.topics), topic)])])
    error_message = "A user produces to or consumes from a topic that is not in topics. Add it there, or mend its name."
  }

  validation {
    condition     = alltrue([for user in values(var.users) : length(user.produces) + length(user.consumes) > 0 || user.observes])
    error_message = "A user may do nothing. Give it produces, consumes or observes, or take it out."
  }
}

variable "tls" {
  description = "The brokers' certificate, as module certificates outputs it, for Service kafka-kafka-bootstrap and the pods behind kafka-kafka-brokers. Clients are admitted with certificates of the same authority."
  type = object({
    secret_name = string
    server_name = string
  })
  nullable = false
}

variable "storage_class" {
  description = "Storage class of the volumes: encrypted, allows growth, binds late."
  type        = string
  nullable    = false

  validation {
    condition     = var.storage_class != ""
    error_message = "storage_class is empty: volumes would be whatever the cluster's default is. Name the encrypted one."
  }
}

variable "scheduling" {
  description = "Where monitoring pods run: the cluster root's output `monitoring_scheduling`."
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

  validation {
    condition     = length(var.scheduling.node_selector) > 0
    error_message = "scheduling.node_selector is empty, and Strimzi takes no empty node affinity. Give the labels of the monitoring pools."
  }
}

variable "zones" {
  description = "Zones of the cluster. Replicas of a partition are spread over them."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(distinct(var.zones)) >= 3
    error_message = "There are fewer than three zones: with one gone, neither two of three replicas nor two of three controllers would be sure. List three."
  }
}

variable "priority_class" {
  description = "PriorityClass of the pods (module namespace-baseline). No page depends on Kafka."
  type        = string
  nullable    = false
}

variable "sizing" {
  description = "Brokers and controllers: how many, what one requests and the size of its volume, as module sizing computes them. Memory in MiB, as half of it is the heap."
  type = object({
    broker     = object({ replicas = number, cpu = string, memory_mb = number, storage_gb = number })
    controller = object({ replicas = number, cpu = string, memory_mb = number, storage_gb = number })
  })
  nullable = false

  validation {
    condition     = var.sizing.broker.replicas >= 3
    error_message = "sizing.broker.replicas is below 3: a partition has three replicas. Give 3."
  }

  validation {
    condition     = contains([3, 5], var.sizing.controller.replicas)
    error_message = "sizing.controller.replicas is neither 3 nor 5: controllers decide by majority. Give 3."
  }

  validation {
    condition     = min(var.sizing.broker.memory_mb, var.sizing.controller.memory_mb) >= 1024
    error_message = "A memory_mb is below 1024: Kafka does not run in less. Give 2048."
  }
}
