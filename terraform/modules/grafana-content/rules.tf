# Alerts that only Grafana can evaluate: SLOs whose events are log lines or spans. Windows and factors are those of the SLOs in
# Prometheus (docs/slo.md): a page while the budget of 30 days burns 14.4 times too fast over 1 h and 5 min, or 6 times over 6 h and
# 30 min; a ticket at 3 times over 1 d and 2 h, or 1 time over 3 d and 6 h. Errors are compared with a share of the total, never
# divided, so that no traffic is no alert; that there is no data is an alert of its own.

locals {
  seconds = { "5m" = 300, "30m" = 1800, "1h" = 3600, "2h" = 7200, "6h" = 21600, "1d" = 86400, "3d" = 259200 }

  pairs = {
    page   = [{ long = "1h", short = "5m", factor = 14.4 }, { long = "6h", short = "30m", factor = 6 }]
    ticket = [{ long = "1d", short = "2h", factor = 3 }, { long = "3d", short = "6h", factor = 1 }]
  }

  # Tempo answers over a day at most.
  languages = {
    logql   = { data_source = "loki", reducer = "last", longest = 259200 }
    traceql = { data_source = "tempo", reducer = "sum", longest = 86400 }
  }

  intervals = { page = 60, ticket = 300 }

  alert_folders = {
    alerts-page   = { title = "Alerts: pages", team = null, private = false }
    alerts-ticket = { title = "Alerts: tickets", team = null, private = false }
  }

  # One burn a severity, with the pairs that can fire: a factor times the budget must be below 1.
  burns = merge(flatten([
    for key, slo in var.slos : [
      for severity in ["page", "ticket"] : {
        "${key}/${severity}" = {
          key      = key
          severity = severity
          slo      = slo
          pairs = [
            for pair in local.pairs[severity] : merge(pair, { share = format("%.6g", pair.factor * (100 - slo.objective) / 100) })
            if pair.factor * (100 - slo.objective) < 100 && local.seconds[pair.long] <= local.languages[slo.language].longest
          ]
        }
      } if severity == "ticket" || slo.page
    ]
  ])...)

  # What a window's query is, by language. LogQL has no series where no line matched, so nothing is made zero.
  queries = {
    for key, slo in var.slos : key => {
      for window, seconds in local.seconds : window => {
        logql = {
          errors = jsonencode({ refId = "errors_${window}", queryType = "instant", editorMode = "code", expr = "(${replace(slo.errors, "{window}", window)}) or vector(0)" })
          total  = jsonencode({ refId = "total_${window}", queryType = "instant", editorMode = "code", expr = replace(slo.total, "{window}", window) })
        }
        traceql = {
          errors = jsonencode({ refId = "errors_${window}", queryType = "traceql", metricsQueryType = "range", query = slo.errors })
          total  = jsonencode({ refId = "total_${window}", queryType = "traceql", metricsQueryType = "range", query = slo.total })
        }
      }
    }
  }

  # Each number is asked for, and made one number.
  numbers = {
    for key, slo in var.slos : key => {
      for window, seconds in local.seconds : window => flatten([
        for kind, short in { errors = "e", total = "t" } : [
          { ref_id = "${kind}_${window}", uid = local.languages[slo.language].data_source, from = seconds, model = local.queries[key][window][slo.language][kind] },
          {
            ref_id = "${short}${window}"
            uid    = "__expr__"
            from   = 0
            model = jsonencode({
              refId    = "${short}${window}", type = "reduce", expression = "${kind}_${window}", reducer = local.languages[slo.language].reducer
              settings = { mode = "replaceNN", replaceWithValue = 0 }
            })
          },
        ]
      ])
    }
  }

  rules = {
    for name, burn in local.burns : name => {
      burn = {
        name          = "${burn.slo.name}ErrorBudgetBurn"
        no_data_state = "OK" # silence is an alert of its own
        numbers       = flatten([for window in distinct(flatten([for pair in burn.pairs : [pair.long, pair.short]])) : local.numbers[burn.key][window]])
        expression = join(" || ", [
          for pair in burn.pairs : "($e${pair.long} > ${pair.share} * $t${pair.long} && $e${pair.short} > ${pair.share} * $t${pair.short})"
        ])
        annotations = {
          summary     = burn.slo.summary
          description = "More of the events of ${burn.key} fail than its objective of ${burn.slo.objective} % over 30 days allows: ${join(", or ", [for pair in burn.pairs : "${pair.factor} times the sustainable rate over ${pair.long} and ${pair.short}"])}."
        }
      }

      # Once an SLO, with its tickets.
      silence = [
        for severity in ["ticket"] : {
          name          = "${burn.slo.name}NoData"
          no_data_state = "Alerting"
          numbers       = [for number in local.numbers[burn.key]["1h"] : number if contains(["total_1h", "t1h"], number.ref_id)]
          expression    = "$t1h == 0"
          annotations = {
            summary     = "${burn.key} has no events"
            description = "Nothing has been counted for an hour: neither the objective nor its alerts mean anything while that lasts."
          }
        } if severity == burn.severity
      ]
    }
  }
}

resource "grafana_rule_group" "this" {
  for_each = local.rules

  name             = dirname(each.key)
  folder_uid       = grafana_folder.this["alerts-${basename(each.key)}"].uid
  interval_seconds = local.intervals[basename(each.key)]

  dynamic "rule" {
    for_each = concat([each.value.burn], each.value.silence)

    content {
      name           = rule.value.name
      condition      = "fires"
      for            = "0s"
      no_data_state  = rule.value.no_data_state
      exec_err_state = "Error"

      labels = {
        severity = local.burns[each.key].severity
        tier     = local.alert_tiers["${local.burns[each.key].slo.tier}/${local.burns[each.key].severity}"]
        service  = local.burns[each.key].slo.service
        owner    = local.burns[each.key].slo.owner
        slo      = basename(local.burns[each.key].key)
        cluster  = var.cluster
      }

      annotations = merge(rule.value.annotations, {
        runbook_url   = replace(var.links.runbook, "{alert}", rule.value.name)
        dashboard_url = replace(replace(var.links.dashboard, "{service}", local.burns[each.key].slo.service), "{slo}", basename(local.burns[each.key].key))
      })

      dynamic "data" {
        for_each = concat(rule.value.numbers, [{
          ref_id = "fires"
          uid    = "__expr__"
          from   = 0
          model  = jsonencode({ refId = "fires", type = "math", expression = rule.value.expression })
        }])

        content {
          ref_id         = data.value.ref_id
          datasource_uid = data.value.uid
          model          = data.value.model

          relative_time_range {
            from = data.value.from
            to   = 0
          }
        }
      }
    }
  }

  depends_on = [grafana_data_source.this]
}
