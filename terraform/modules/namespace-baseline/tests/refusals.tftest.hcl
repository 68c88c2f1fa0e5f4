variables {
  namespaces = { loki = {} }
  flows      = {}
  api_server = { cidr = "10.20.0.0/18" }
}

run "refuses_a_name_with_capitals" {
  command = plan
  variables {
    namespaces = { Loki = {} }
  }
  expect_failures = [var.namespaces]
}

run "refuses_an_unknown_level" {
  command = plan
  variables {
    namespaces = { loki = { pod_security = "open", reason = "Because it has to be open." } }
  }
  expect_failures = [var.namespaces]
}

run "refuses_privileges_without_a_reason" {
  command = plan
  variables {
    namespaces = { loki = { pod_security = "privileged", reason = "needed" } }
  }
  expect_failures = [var.namespaces]
}

run "refuses_a_quota_of_nothing" {
  command = plan
  variables {
    namespaces = { loki = { quota = { pods = 0 } } }
  }
  expect_failures = [var.namespaces]
}

run "refuses_a_flow_of_others" {
  command = plan
  variables {
    flows = { x = { from = { namespace = "a" }, to = { namespace = "b" }, tcp = [80], purpose = "Between strangers." } }
  }
  expect_failures = [var.flows]
}

run "refuses_a_flow_on_all_ports" {
  command = plan
  variables {
    flows = { x = { from = { namespace = "a" }, to = { namespace = "loki" }, purpose = "Everything there is." } }
  }
  expect_failures = [var.flows]
}

run "refuses_a_flow_without_purpose" {
  command = plan
  variables {
    flows = { x = { from = { namespace = "a" }, to = { namespace = "loki" }, tcp = [80], purpose = "?" } }
  }
  expect_failures = [var.flows]
}

run "refuses_an_outward_flow_of_others" {
  command = plan
  variables {
    outward = { x = { from = { namespace = "a" }, cidr = "10.0.0.0/8", purpose = "From nowhere." } }
  }
  expect_failures = [var.outward]
}

run "refuses_an_outward_flow_to_no_range" {
  command = plan
  variables {
    outward = { x = { from = { namespace = "loki" }, cidr = "s3.amazonaws.com", purpose = "To a name." } }
  }
  expect_failures = [var.outward]
}

run "refuses_anywhere_on_another_port" {
  command = plan
  variables {
    outward = { x = { from = { namespace = "loki" }, cidr = "0.0.0.0/0", port = 22, purpose = "Anywhere by SSH." } }
  }
  expect_failures = [var.outward]
}

run "refuses_an_outward_flow_without_purpose" {
  command = plan
  variables {
    outward = { x = { from = { namespace = "loki" }, cidr = "10.0.0.0/8", purpose = "nodes" } }
  }
  expect_failures = [var.outward]
}

run "refuses_an_api_server_everywhere" {
  command = plan
  variables {
    api_server = { cidr = "0.0.0.0/0" }
  }
  expect_failures = [var.api_server]
}

run "refuses_api_clients_of_others" {
  command = plan
  variables {
    api_server = { cidr = "10.20.0.0/18", clients = { tempo = [{}] } }
  }
  expect_failures = [var.api_server]
}

run "refuses_a_cache_by_name" {
  command = plan
  variables {
    dns = { addresses = ["cache.local"] }
  }
  expect_failures = [var.dns]
}
