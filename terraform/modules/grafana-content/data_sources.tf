# Data sources, and the ways from one to the other: a point on a graph leads to its trace (exemplars), a trace to its logs and to the
# metrics of its service, a log line to its trace. Their addresses are sidecars on Grafana's loopback, which do mutual TLS: no key is
# here, in Grafana or in the state.

locals {
  data_sources = {
    thanos = {
      name = "Thanos"
      type = "prometheus"
      json = {
        httpMethod                  = "POST"
        prometheusType              = "Thanos"
        timeInterval                = "15s"
        manageAlerts                = false
        exemplarTraceIdDestinations = [{ name = "trace_id", datasourceUid = "tempo", urlDisplayLabel = "Trace" }]
      }
    }

    victoriametrics = {
      name = "VictoriaMetrics"
      type = "prometheus"
      json = {
        httpMethod                  = "POST"
        prometheusType              = "Prometheus"
        timeInterval                = "15s"
        manageAlerts                = false
        exemplarTraceIdDestinations = [{ name = "trace_id", datasourceUid = "tempo", urlDisplayLabel = "Trace" }]
      }
    }

    loki = {
      name = "Loki"
      type = "loki"
      json = {
        maxLines     = 1000
        manageAlerts = false
        # Structured metadata, which the log agent and OTLP fill.
        derivedFields = [{ name = "Trace", matcherType = "label", matcherRegex = "trace_id", datasourceUid = "tempo", url = "$${__value.raw}", urlDisplayLabel = "Open the trace" }]
      }
    }

    tempo = {
      name = "Tempo"
      type = "tempo"
      json = {
        nodeGraph        = { enabled = true }
        serviceMap       = { datasourceUid = "thanos" }
        streamingEnabled = { search = true, metrics = true }
        traceQuery       = { timeShiftEnabled = true, spanStartTimeShift = "-30m", spanEndTimeShift = "30m" }

        tracesToLogsV2 = {
          datasourceUid      = "loki"
          spanStartTimeShift = "-5m"
          spanEndTimeShift   = "5m"
          tags               = [{ key = "service.name", value = "service_name" }]
          customQuery        = true
          query              = "{$${__tags}} | trace_id=`$${__trace.traceId}`"
        }

        tracesToMetrics = {
          datasourceUid      = "thanos"
          spanStartTimeShift = "-15m"
          spanEndTimeShift   = "15m"
          tags               = [{ key = "service.name", value = "service" }]
          queries = [
            { name = "Requests a second", query = "sum(rate(traces_spanmetrics_calls_total{$$__tags}[5m]))" },
            { name = "Errors a second", query = "sum(rate(traces_spanmetrics_calls_total{$$__tags, status_code=\"STATUS_CODE_ERROR\"}[5m]))" },
            { name = "99th percentile", query = "histogram_quantile(0.99, sum by (le) (rate(traces_spanmetrics_latency_bucket{$$__tags}[5m])))" },
          ]
        }
      }
    }

    alertmanager = {
      name = "Alertmanager"
      type = "alertmanager"
      json = { implementation = "prometheus", handleGrafanaManagedAlerts = false }
    }
  }
}

resource "grafana_data_source" "this" {
  for_each = var.data_sources

  uid         = each.key
  name        = local.data_sources[each.key].name
  type        = local.data_sources[each.key].type
  url         = each.value
  access_mode = "proxy"
  is_default  = each.key == "thanos"

  json_data_encoded = jsonencode(local.data_sources[each.key].json)
}
