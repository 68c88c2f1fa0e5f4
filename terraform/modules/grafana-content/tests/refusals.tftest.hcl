provider "grafana" {
  url  = "https://grafana.example.com"
  auth = "test"
}

variables {
  cluster             = "staging"
  page_contact_points = ["P1"]
  dashboards          = "tests/dashboards"
  links               = { runbook = "https://git.example.com/runbooks/{alert}.md", dashboard = "https://grafana.example.com" }
  data_sources        = { thanos = "https://thanos", loki = "https://loki", tempo = "https://tempo" }
  gateway_url         = "http://127.0.0.1:19101/v1/alertmanager"
  teams               = { sre = {} }
  folders             = { red = { title = "RED", team = "sre" } }
  slos                = {}
  routes              = flatten([for tier in [1, 2, 3] : [for severity in ["page", "ticket"] : { tier = tier, severity = severity, alert = "P1" }]])
  tiers               = { P1 = { legs = ["pagerduty"], group_wait = "0s", group_interval = "5s", repeat_interval = "4h" } }
}

run "missing_traces_are_refused" {
  command = plan
  variables { data_sources = { thanos = "https://thanos", loki = "https://loki" } }
  expect_failures = [var.data_sources]
}

run "a_source_without_tls_is_refused" {
  command = plan
  variables { data_sources = { thanos = "http://thanos", loki = "https://loki", tempo = "https://tempo" } }
  expect_failures = [var.data_sources]
}

run "a_folder_of_an_unknown_team_is_refused" {
  command = plan
  variables { folders = { red = { title = "RED", team = "nobody" } } }
  expect_failures = [var.folders]
}

run "a_private_folder_of_nobody_is_refused" {
  command = plan
  variables { folders = { red = { title = "RED", private = true } } }
  expect_failures = [var.folders]
}

run "our_own_folder_is_refused" {
  command = plan
  variables { folders = { red = { title = "RED" }, alerts-page = { title = "Mine" } } }
  expect_failures = [var.folders]
}

run "a_dashboard_without_a_folder_is_refused" {
  command = plan
  variables { folders = {} }
  expect_failures = [grafana_dashboard.this]
}

run "a_page_without_a_contact_point_is_refused" {
  command = plan
  variables { page_contact_points = [] }
  expect_failures = [grafana_notification_policy.this]
}

run "a_key_without_a_service_is_refused" {
  command = plan
  variables {
    slos = { "payments" = { name = "A1", language = "logql", errors = "x[{window}]", total = "x[{window}]", objective = 99, service = "s", tier = 1, owner = "o", summary = "s" } }
  }
  expect_failures = [var.slos]
}

run "a_name_with_its_ending_is_refused" {
  command = plan
  variables {
    slos = { "a/b" = { name = "AErrorBudgetBurn", language = "logql", errors = "x[{window}]", total = "x[{window}]", objective = 99, service = "s", tier = 1, owner = "o", summary = "s" } }
  }
  expect_failures = [var.slos]
}

run "a_query_without_a_window_is_refused" {
  command = plan
  variables {
    slos = { "a/b" = { name = "Aa", language = "logql", errors = "x[5m]", total = "x[{window}]", objective = 99, service = "s", tier = 1, owner = "o", summary = "s" } }
  }
  expect_failures = [var.slos]
}

run "an_objective_of_a_ratio_is_refused" {
  command = plan
  variables {
    slos = { "a/b" = { name = "Aa", language = "logql", errors = "x[{window}]", total = "x[{window}]", objective = 0.99, service = "s", tier = 1, owner = "o", summary = "s" } }
  }
  expect_failures = [var.slos]
}

run "traces_that_page_are_refused" {
  command = plan
  variables {
    slos = { "a/b" = { name = "Aa", language = "traceql", errors = "{} | count_over_time()", total = "{} | count_over_time()", objective = 99, service = "s", tier = 1, owner = "o", summary = "s" } }
  }
  expect_failures = [var.slos]
}

run "an_unknown_tier_is_refused" {
  command = plan
  variables {
    slos = { "a/b" = { name = "Aa", language = "logql", errors = "x[{window}]", total = "x[{window}]", objective = 99, service = "s", tier = 4, owner = "o", summary = "s" } }
  }
  expect_failures = [var.slos]
}

run "a_route_to_nowhere_is_refused" {
  command = plan
  variables { tiers = {} }
  expect_failures = [var.tiers]
}

run "a_missing_route_is_refused" {
  command = plan
  variables { routes = [{ tier = 1, severity = "page", alert = "P1" }] }
  expect_failures = [var.routes]
}

run "no_data_source_is_refused" {
  command = plan
  variables { data_sources = {} }
  expect_failures = [var.data_sources]
}

run "an_unknown_data_source_is_refused" {
  command = plan
  variables { data_sources = { thanos = "https://thanos", loki = "https://loki", tempo = "https://tempo", mimir = "https://mimir" } }
  expect_failures = [var.data_sources]
}

run "one_runbook_for_all_is_refused" {
  command = plan
  variables { links = { runbook = "https://git.example.com/runbooks", dashboard = "x" } }
  expect_failures = [var.links]
}
