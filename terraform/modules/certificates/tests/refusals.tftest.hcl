variables {
  zones          = ["a", "b", "c"]
  priority_class = "platform"
  certificates   = { loki = { namespace = "loki" } }
}

run "refuses_no_namespace" {
  command = plan
  variables {
    namespace = "Cert Manager"
  }
  expect_failures = [var.namespace]
}

run "refuses_a_name_with_capitals" {
  command = plan
  variables {
    certificates = { Loki = { namespace = "loki" } }
  }
  expect_failures = [var.certificates]
}

run "refuses_a_common_name_with_spaces" {
  command = plan
  variables {
    certificates = { loki = { namespace = "loki", common_name = "Grafana Loki" } }
  }
  expect_failures = [var.certificates]
}

run "refuses_a_wildcard" {
  command = plan
  variables {
    certificates = { loki = { namespace = "loki", dns_names = ["*.example.com"] } }
  }
  expect_failures = [var.certificates]
}

run "refuses_one_identity_in_two_namespaces" {
  command = plan
  variables {
    certificates = { loki = { namespace = "loki" }, other = { namespace = "other", common_name = "loki" } }
  }
  expect_failures = [var.certificates]
}

run "refuses_a_late_renewal" {
  command = plan
  variables {
    lifetimes = { renewal = 1 }
  }
  expect_failures = [var.lifetimes]
}

run "refuses_an_authority_that_ends_first" {
  command = plan
  variables {
    lifetimes = { issuing = 60 }
  }
  expect_failures = [var.lifetimes]
}

run "refuses_one_zone" {
  command = plan
  variables {
    zones = ["a"]
  }
  expect_failures = [var.zones]
}

run "refuses_no_priority" {
  command = plan
  variables {
    priority_class = ""
  }
  expect_failures = [var.priority_class]
}

run "refuses_one_replica" {
  command = plan
  variables {
    sizing = { replicas = 1 }
  }
  expect_failures = [var.sizing]
}
