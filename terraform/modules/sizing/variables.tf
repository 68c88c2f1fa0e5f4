variable "load" {
  description = "What the platform watches, in a normal hour of a busy day: services with SLOs; active series of Prometheus; series that go to VictoriaMetrics alone (they are scraped as well); GB of logs and of spans a day, uncompressed; nodes that agents run on."
  type = object({
    services                = number
    series                  = number
    high_cardinality_series = optional(number, 0)
    logs_gb_a_day           = number
    spans_gb_a_day          = number
    nodes                   = optional(number, 20)
  })
  nullable = false

  validation {
    condition     = var.load.services >= 1 && var.load.services <= 5000
    error_message = "load.services is not between 1 and 5000. Count the files of alerts/services; beyond 5000 divide the platform."
  }

  validation {
    condition     = min(var.load.series, var.load.high_cardinality_series) >= 0 && var.load.series + var.load.high_cardinality_series <= 10000000
    error_message = "load.series and load.high_cardinality_series are negative, or more than 10 million together: each Prometheus of the pair scrapes all of them. Divide what is watched among clusters."
  }

  validation {
    condition     = min(var.load.logs_gb_a_day, var.load.spans_gb_a_day) >= 0 && max(var.load.logs_gb_a_day, var.load.spans_gb_a_day) <= 20000
    error_message = "load.logs_gb_a_day or load.spans_gb_a_day is negative or more than 20000. Give uncompressed GB a day; beyond 20 TB divide the platform."
  }

  validation {
    condition     = var.load.nodes >= 1 && var.load.nodes <= 5000
    error_message = "load.nodes is not between 1 and 5000. Count the nodes of the monitoring cluster."
  }
}

variable "scrape_interval_seconds" {
  description = "How often every series is sampled: what module prometheus is given as scrape_interval."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.scrape_interval_seconds >= 1 && var.scrape_interval_seconds <= 10
    error_message = "scrape_interval_seconds is not between 1 and 10: beyond, a page comes later than 30 seconds after what it is about."
  }
}

variable "retention_days" {
  description = "Days on disks in the cluster: samples in Prometheus, series of VictoriaMetrics. Everything else is in object storage, which has no size."
  type = object({
    prometheus       = optional(number, 32)
    high_cardinality = optional(number, 14)
  })
  default  = {}
  nullable = false

  validation {
    condition     = min(values(var.retention_days)...) >= 1 && max(values(var.retention_days)...) <= 93
    error_message = "A retention is not between 1 and 93 days. What must be kept longer is Thanos' matter."
  }
}
