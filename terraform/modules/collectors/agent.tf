# The agent's configuration: from a line in a file to a log record with its pod and its trace.

locals {
  agent_config = {
    extensions = {
      health_check = { endpoint = "$${env:MY_POD_IP}:13133" }
      # How far each file was read, and what has not been delivered: a restart neither loses nor repeats lines.
      file_storage = { directory = "/var/lib/otelcol", create_directory = true }
    }

    receivers = merge(local.own_metrics.receivers, {
      filelog = {
        include           = ["/var/log/pods/*/*/*.log"]
        exclude           = ["/var/log/pods/${var.agents_namespace}_log-agent*_*/*/*.log"]
        include_file_path = true
        start_at          = "end"
        storage           = "file_storage"
        retry_on_failure  = { enabled = true }

        operators = [
          # The runtime's format; its path says which container of which pod.
          { id = "container", type = "container", max_log_size = 262144 },

          # Lines that are JSON become attributes, and their level the record's.
          { id = "shape", type = "router", default = "text", routes = [{ expr = "body matches \"^\\\\s*\\\\{.*\\\\}\\\\s*$\"", output = "json" }] },
          { id = "json", type = "json_parser", parse_from = "body", parse_to = "attributes", on_error = "send_quiet", output = "level" },
          { id = "text", type = "regex_parser", parse_from = "body", parse_to = "attributes", regex = "(?i)trace[_-]?id[\"']?[=:]\\s*[\"']?(?P<trace_id>[0-9a-f]{32})(?:.*?span[_-]?id[\"']?[=:]\\s*[\"']?(?P<span_id>[0-9a-f]{16}))?", on_error = "send_quiet", output = "names" },
          { id = "level", type = "severity_parser", parse_from = "attributes.level", on_error = "send_quiet", if = "attributes.level != nil" },

          # The names that libraries give to the same thing.
          { id = "names", type = "move", from = "attributes.traceID", to = "attributes.trace_id", if = "attributes.traceID != nil and attributes.trace_id == nil", on_error = "send_quiet" },
          { id = "names-camel", type = "move", from = "attributes.traceId", to = "attributes.trace_id", if = "attributes.traceId != nil and attributes.trace_id == nil", on_error = "send_quiet" },
          { id = "span-names", type = "move", from = "attributes.spanID", to = "attributes.span_id", if = "attributes.spanID != nil and attributes.span_id == nil", on_error = "send_quiet" },
          { id = "span-names-camel", type = "move", from = "attributes.spanId", to = "attributes.span_id", if = "attributes.spanId != nil and attributes.span_id == nil", on_error = "send_quiet" },

          # The record's own fields: Loki keeps them as structured metadata, and Grafana links them to the trace.
          {
            id       = "trace"
            type     = "trace_parser"
            trace_id = { parse_from = "attributes.trace_id" }
            span_id  = { parse_from = "attributes.span_id" }
            if       = "attributes.trace_id != nil and attributes.trace_id matches \"^[0-9a-f]{32}$\""
            on_error = "send_quiet"
          },
        ]
      }
    })

    processors = {
      memory_limiter = { check_interval = "1s", limit_percentage = 80, spike_limit_percentage = 20 }
      batch          = { send_batch_size = 2048, timeout = "1s" }
      resource = {
        attributes = [
          { key = "k8s.node.name", value = "$${env:K8S_NODE_NAME}", action = "upsert" },
          { key = "service.name", from_attribute = "k8s.container.name", action = "insert" },
        ]
      }
    }

    exporters = {
      otlp = {
        endpoint         = "collector.${var.namespace}.svc:4317"
        tls              = merge(local.client_tls["agent"], { server_name_override = var.tls["collector"].server_name })
        compression      = "zstd"
        balancer_name    = "round_robin"
        retry_on_failure = { enabled = true, max_elapsed_time = "0s" } # the node's disk holds them: never give up
        sending_queue    = { enabled = true, storage = "file_storage", queue_size = 5000 }
      }
    }

    service = {
      extensions = ["health_check", "file_storage"]
      telemetry  = local.own_metrics.telemetry
      pipelines = {
        logs    = { receivers = ["filelog"], processors = ["memory_limiter", "resource", "batch"], exporters = ["otlp"] }
        metrics = { receivers = ["prometheus"], processors = ["memory_limiter", "resource", "batch"], exporters = ["otlp"] }
      }
    }
  }
}
