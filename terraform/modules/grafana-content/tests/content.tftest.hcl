provider "grafana" {
  url  = "https://grafana.example.com"
  auth = "test"
}

variables {
  cluster             = "staging"
  page_contact_points = ["P1", "P2"]
  dashboards          = "tests/dashboards"
  gateway_url         = "http://127.0.0.1:19101/v2/alerts"
  links               = { runbook = "https://git.example.com/runbooks/{alert}.md", dashboard = "https://grafana.example.com/d/slo-{service}-{slo}" }
  data_sources = {
    thanos       = "http://127.0.0.1:19104"
    loki         = "http://127.0.0.1:19102"
    tempo        = "http://127.0.0.1:19103"
    alertmanager = "http://127.0.0.1:19100"
  }
  teams = {
    sre           = { groups = ["sre"] }
    team-payments = { members = ["kim@example.com"] }
  }
  folders = {
    red      = { title = "RED", team = "sre" }
    payments = { title = "Payments", team = "team-payments", private = true }
    general  = { title = "Everybody's" }
  }
  routes = [
    { tier = 1, severity = "page", alert = "P1" }, { tier = 1, severity = "ticket", alert = "P3" },
    { tier = 2, severity = "page", alert = "P2" }, { tier = 2, severity = "ticket", alert = "P3" },
    { tier = 3, severity = "page", alert = "P3" }, { tier = 3, severity = "ticket", alert = "P4" },
  ]
  tiers = {
    P1 = { legs = ["pagerduty", "gateway"], group_wait = "0s", group_interval = "5s", repeat_interval = "4h" }
    P2 = { legs = ["pagerduty", "gateway"], group_wait = "0s", group_interval = "5s", repeat_interval = "4h" }
    P3 = { legs = ["gateway"], group_wait = "30s", group_interval = "5m", repeat_interval = "12h" }
    P4 = { legs = ["gateway"], group_wait = "30s", group_interval = "30m", repeat_interval = "3d" }
  }
  slos = {
    "checkout/payment-logs" = {
      name      = "CheckoutPaymentLogs"
      language  = "logql"
      errors    = "sum(count_over_time({service_name=\"checkout\"} |= `declined` [{window}]))"
      total     = "sum(count_over_time({service_name=\"checkout\"} |= `payment` [{window}]))"
      objective = 99.5
      service   = "checkout"
      tier      = 1
      owner     = "team-payments"
      summary   = "Payments are declined"
    }
    "checkout/stock-traces" = {
      name      = "CheckoutStockTraces"
      language  = "traceql"
      errors    = "{ name = \"reserve\" && status = error } | count_over_time()"
      total     = "{ name = \"reserve\" } | count_over_time()"
      objective = 99
      service   = "checkout"
      tier      = 1
      owner     = "team-payments"
      summary   = "Stock is slow"
      page      = false
    }
  }
}

run "content" {
  assert {
    condition     = keys(grafana_data_source.this) == ["alertmanager", "loki", "tempo", "thanos"] && grafana_data_source.this["thanos"].is_default && !grafana_data_source.this["loki"].is_default && grafana_data_source.this["tempo"].url == "http://127.0.0.1:19103"
    error_message = "Data sources are not those of the platform."
  }

  assert {
    condition     = alltrue([for source in grafana_data_source.this : source.secure_json_data_encoded == null && source.http_headers == null])
    error_message = "A data source has a secret, which is in the state now."
  }

  assert {
    condition = (
      jsondecode(grafana_data_source.this["thanos"].json_data_encoded).exemplarTraceIdDestinations[0].datasourceUid == grafana_data_source.this["tempo"].uid
      && jsondecode(grafana_data_source.this["loki"].json_data_encoded).derivedFields[0].datasourceUid == grafana_data_source.this["tempo"].uid
      && jsondecode(grafana_data_source.this["tempo"].json_data_encoded).tracesToLogsV2.datasourceUid == grafana_data_source.this["loki"].uid
      && jsondecode(grafana_data_source.this["tempo"].json_data_encoded).tracesToMetrics.datasourceUid == grafana_data_source.this["thanos"].uid
      && jsondecode(grafana_data_source.this["tempo"].json_data_encoded).serviceMap.datasourceUid == grafana_data_source.this["thanos"].uid
      && jsondecode(grafana_data_source.this["tempo"].json_data_encoded).tracesToLogsV2.query == "{$${__tags}} | trace_id=`$${__trace.traceId}`"
    )
    error_message = "Metrics, logs and traces do not lead to each other."
  }

  assert {
    condition     = [for permission in grafana_folder_permission.this["payments"].permissions : permission.permission] == ["Edit"] && length(grafana_folder_permission.this["red"].permissions) == 3 && toset([for permission in grafana_folder_permission.this["general"].permissions : permission.role]) == toset(["Viewer", "Editor"])
    error_message = "A private folder is open, or an open one is not."
  }

  assert {
    condition     = one(grafana_team.this["sre"].team_sync).groups == toset(["sre"]) && length(grafana_team.this["team-payments"].team_sync) == 0 && grafana_team.this["team-payments"].members == toset(["kim@example.com"])
    error_message = "Teams do not have the people they were given."
  }

  assert {
    condition     = keys(grafana_dashboard.this) == ["overview.json", "red/checkout.json"] && grafana_dashboard.this["red/checkout.json"].folder == "red" && grafana_dashboard.this["overview.json"].folder == null
    error_message = "Dashboards are not in the folders of their directories."
  }

  assert {
    condition     = keys(grafana_rule_group.this) == ["checkout/payment-logs/page", "checkout/payment-logs/ticket", "checkout/stock-traces/ticket"]
    error_message = "An SLO lacks an alert, or traces page."
  }

  assert {
    condition     = [for rule in grafana_rule_group.this["checkout/payment-logs/page"].rule : rule.name] == ["CheckoutPaymentLogsErrorBudgetBurn"] && [for rule in grafana_rule_group.this["checkout/payment-logs/ticket"].rule : rule.name] == ["CheckoutPaymentLogsErrorBudgetBurn", "CheckoutPaymentLogsNoData"]
    error_message = "Alerts have other names than their runbooks."
  }

  assert {
    condition     = [for data in grafana_rule_group.this["checkout/payment-logs/page"].rule[0].data : jsondecode(data.model).expression if data.ref_id == "fires"] == ["($e1h > 0.072 * $t1h && $e5m > 0.072 * $t5m) || ($e6h > 0.03 * $t6h && $e30m > 0.03 * $t30m)"]
    error_message = "The page does not fire at 14.4 and 6 times the budget of 0.5 %."
  }

  assert {
    condition     = [for data in grafana_rule_group.this["checkout/stock-traces/ticket"].rule[0].data : jsondecode(data.model).expression if data.ref_id == "fires"] == ["($e1d > 0.03 * $t1d && $e2h > 0.03 * $t2h)"]
    error_message = "An alert on traces looks back further than Tempo answers, or burns otherwise."
  }

  assert {
    condition     = [for data in grafana_rule_group.this["checkout/payment-logs/page"].rule[0].data : jsondecode(data.model).expr if data.ref_id == "errors_5m"] == ["(sum(count_over_time({service_name=\"checkout\"} |= `declined` [5m]))) or vector(0)"]
    error_message = "The window is not filled into the query, or no error is no number."
  }

  assert {
    condition     = grafana_rule_group.this["checkout/payment-logs/ticket"].rule[1].no_data_state == "Alerting" && grafana_rule_group.this["checkout/payment-logs/ticket"].rule[0].no_data_state == "OK"
    error_message = "Silence is no alert, or an alert of everything."
  }

  assert {
    condition     = grafana_rule_group.this["checkout/payment-logs/page"].rule[0].labels == tomap({ severity = "page", tier = "P1", service = "checkout", owner = "team-payments", slo = "payment-logs", cluster = "staging" }) && grafana_rule_group.this["checkout/payment-logs/page"].rule[0].annotations["dashboard_url"] == "https://grafana.example.com/d/slo-checkout-payment-logs"
    error_message = "An alert does not say whose it is and how urgent."
  }

  assert {
    condition     = grafana_rule_group.this["checkout/payment-logs/page"].interval_seconds == 60 && grafana_rule_group.this["checkout/payment-logs/page"].folder_uid == "alerts-page" && grafana_rule_group.this["checkout/payment-logs/ticket"].folder_uid == "alerts-ticket"
    error_message = "Rules are evaluated at other times or kept elsewhere."
  }

  assert {
    condition     = { for policy in grafana_notification_policy.this.policy : one(policy.matcher).value => policy.contact_point } == { P1 = "P1", P2 = "P2", P3 = "gateway", P4 = "gateway" } && grafana_notification_policy.this.policy[0].group_wait == "0s" && one(grafana_contact_point.gateway.webhook).url == "http://127.0.0.1:19101/v2/alerts"
    error_message = "A tier is told to somebody else, or later."
  }

  assert {
    condition     = output.alerts["CheckoutPaymentLogsNoData"] == "https://git.example.com/runbooks/CheckoutPaymentLogsNoData.md" && length(output.alerts) == 4
    error_message = "An alert has no runbook."
  }

  assert {
    condition     = keys(output.folders) == ["alerts-page", "alerts-ticket", "general", "payments", "red"]
    error_message = "Folders are missing in the output."
  }
}

run "nothing_yet" {
  command = plan

  variables {
    cluster    = "empty"
    dashboards = "."
    teams      = {}
    folders    = {}
    slos       = {}
  }

  assert {
    condition     = length(grafana_dashboard.this) == 0 && length(grafana_rule_group.this) == 0 && length(output.alerts) == 0 && length(output.folders) == 2
    error_message = "There is content that nobody wrote."
  }
}
