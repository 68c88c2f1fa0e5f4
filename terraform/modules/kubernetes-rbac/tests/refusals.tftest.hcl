variables {
  groups     = {}
  namespaces = []
}

run "refuses_everybody" {
  command = plan
  variables {
    groups = { viewer = ["system:authenticated"] }
  }
  expect_failures = [var.groups]
}

run "refuses_a_group_twice" {
  command = plan
  variables {
    groups = { on_call = ["sre", "sre"] }
  }
  expect_failures = [var.groups]
}

run "refuses_vault" {
  command = plan
  variables {
    namespaces = ["loki", "vault"]
  }
  expect_failures = [var.namespaces]
}

run "refuses_a_day" {
  command = plan
  variables {
    break_glass = { max_minutes = 1440 }
  }
  expect_failures = [var.break_glass]
}
