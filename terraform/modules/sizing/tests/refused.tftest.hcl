variables {
  load = { services = 100, series = 1000000, logs_gb_a_day = 500, spans_gb_a_day = 300 }
}

run "refuses_no_services" {
  command = plan
  variables {
    load = { services = 0, series = 1000000, logs_gb_a_day = 500, spans_gb_a_day = 300 }
  }
  expect_failures = [var.load]
}

run "refuses_more_series_than_one_prometheus_holds" {
  command = plan
  variables {
    load = { services = 100, series = 9000000, high_cardinality_series = 2000000, logs_gb_a_day = 500, spans_gb_a_day = 300 }
  }
  expect_failures = [var.load]
}

run "refuses_negative_logs" {
  command = plan
  variables {
    load = { services = 100, series = 1000000, logs_gb_a_day = -1, spans_gb_a_day = 300 }
  }
  expect_failures = [var.load]
}

run "refuses_no_nodes" {
  command = plan
  variables {
    load = { services = 100, series = 1000000, logs_gb_a_day = 500, spans_gb_a_day = 300, nodes = 0 }
  }
  expect_failures = [var.load]
}

run "refuses_a_slow_scrape" {
  command = plan
  variables {
    scrape_interval_seconds = 30
  }
  expect_failures = [var.scrape_interval_seconds]
}

run "refuses_to_keep_samples_for_a_year" {
  command = plan
  variables {
    retention_days = { prometheus = 365 }
  }
  expect_failures = [var.retention_days]
}
