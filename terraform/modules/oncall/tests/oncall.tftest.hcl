provider "pagerduty" {
  token = "not-a-token"
}

variables {
  people = {
    ada  = { name = "Ada", email = "ada@acme.example" }
    bo   = { name = "Bo", email = "bo@acme.example" }
    dana = { name = "Dana", email = "dana@acme.example" }
  }
  schedules = {
    platform = {
      description = "Follows the sun"
      time_zone   = "Europe/Berlin"
      layers = [
        { name = "berlin", people = ["ada", "bo"], start = "2026-01-05T08:00:00+01:00", only = [{ start = "08:00", until = "20:00" }] },
        { name = "san-francisco", people = ["dana"], turn = "2d", start = "2026-01-05T20:00:00+01:00", only = [{ days = ["sunday"], start = "20:00", until = "08:00" }] },
      ]
      overrides = [{ person = "bo", start = "2026-04-03T08:00:00+02:00", end = "2026-04-03T20:00:00+02:00", reason = "Ada is away" }]
    }
    product = {
      time_zone = "UTC"
      layers    = [{ name = "weekly", people = ["ada", "dana"], start = "2026-01-05T09:00:00Z", end = "2027-01-04T09:00:00Z" }]
    }
  }
  teams = {
    team-observability = { title = "Observability", steps = [{ schedules = ["platform"], minutes = 5 }, { people = ["dana"], minutes = 15 }], repeat = 3 }
    team-payments      = { title = "Payments", steps = [{ schedules = ["product"], minutes = 5 }, { schedules = ["platform"], minutes = 10 }] }
  }
  services     = { checkout = "team-payments", prometheus = "team-observability", gateway = "team-observability" }
  default_team = "team-observability"
  account      = { event_orchestration = "b02e973d-9620-4e0a-9edc-00fedf7d4694" }
}

run "layers_are_those_of_the_file" {
  assert {
    condition     = [for layer in pagerduty_schedule.this["platform"].layer : layer.name] == ["berlin", "san-francisco", "bo: Ada is away"]
    error_message = "A layer is missing, or an override does not stand over the layers."
  }

  assert {
    condition     = pagerduty_schedule.this["platform"].layer[0].users == tolist([data.pagerduty_user.this["ada"].id, data.pagerduty_user.this["bo"].id])
    error_message = "People do not take turns in the order of the file."
  }

  assert {
    condition     = [for layer in pagerduty_schedule.this["platform"].layer : layer.rotation_turn_length_seconds] == [604800, 172800, 604800]
    error_message = "A turn has another length."
  }

  assert {
    condition     = length(pagerduty_schedule.this["platform"].layer[0].restriction) == 7 && alltrue([for r in pagerduty_schedule.this["platform"].layer[0].restriction : r.duration_seconds == 43200 && r.start_time_of_day == "08:00:00"])
    error_message = "The day's hours are not 08:00 to 20:00 on all days."
  }

  assert {
    condition     = [for r in pagerduty_schedule.this["platform"].layer[1].restriction : "${r.start_day_of_week} ${r.start_time_of_day} ${r.duration_seconds}"] == ["7 20:00:00 43200"]
    error_message = "Hours over midnight are lost, or begin on another day."
  }

  assert {
    condition     = pagerduty_schedule.this["product"].layer[0].end == "2027-01-04T09:00:00Z" && length(pagerduty_schedule.this["product"].layer[0].restriction) == 0
    error_message = "A layer that ends does not, or one that is always on is not."
  }

  assert {
    condition     = output.schedules == { for name, schedule in pagerduty_schedule.this : name => schedule.id }
    error_message = "The output does not name the schedules."
  }
}

run "an_alert_reaches_its_owner" {
  assert {
    condition     = pagerduty_escalation_policy.this["team-observability"].num_loops == 3 && [for rule in pagerduty_escalation_policy.this["team-observability"].rule : rule.escalation_delay_in_minutes] == [5, 15]
    error_message = "The escalation is not the file's."
  }

  assert {
    condition     = pagerduty_escalation_policy.this["team-observability"].rule[0].target[0].id == pagerduty_schedule.this["platform"].id && pagerduty_escalation_policy.this["team-observability"].rule[1].target[0].id == data.pagerduty_user.this["dana"].id
    error_message = "A step tells somebody else."
  }

  assert {
    condition     = alltrue([for name, service in pagerduty_service.this : service.escalation_policy == pagerduty_escalation_policy.this[name].id && service.incident_urgency_rule[0].urgency == "severity_based"])
    error_message = "A service escalates to another team, or wakes somebody for a ticket."
  }

  assert {
    condition     = [for rule in pagerduty_event_orchestration_router.this[var.account.event_orchestration].set[0].rule : join(", ", rule.condition[*].expression)] == ["event.component matches 'gateway', event.component matches 'prometheus'", "event.component matches 'checkout'"]
    error_message = "Alerts are routed by something else than their service."
  }

  assert {
    condition     = pagerduty_event_orchestration_router.this[var.account.event_orchestration].set[0].rule[1].actions[0].route_to == pagerduty_service.this["team-payments"].id && pagerduty_event_orchestration_router.this[var.account.event_orchestration].catch_all[0].actions[0].route_to == pagerduty_service.this["team-observability"].id
    error_message = "Alerts go to another team."
  }

  assert {
    condition = jsonencode(output.teams) == jsonencode({
      for name, services in { team-observability = ["gateway", "prometheus"], team-payments = ["checkout"] } : name => {
        team                                     = pagerduty_team.this[name].id, escalation = pagerduty_escalation_policy.this[name].id, services = services
      }
    })
    error_message = "The output says something else of teams."
  }

  assert {
    condition     = output.routed == "routed"
    error_message = "The output says that nothing is routed."
  }
}

run "without_an_orchestration_it_says_so" {
  variables {
    account      = {}
    services     = { checkout = "team-payments" }
    default_team = "team-payments"
  }

  assert {
    condition     = length(pagerduty_event_orchestration_router.this) == 0 && startswith(output.routed, "no event orchestration")
    error_message = "Nothing is routed, and the output does not say so."
  }
}

run "services_that_nobody_owns_go_to_the_default" {
  variables {
    services = {}
  }

  assert {
    condition     = length(pagerduty_event_orchestration_router.this[var.account.event_orchestration].set[0].rule) == 0
    error_message = "A rule routes what is no service."
  }
}

run "nobody_is_refused" {
  command = plan
  variables {
    people = {}
  }
  expect_failures = [var.people]
}

run "no_schedule_is_refused" {
  command = plan
  variables {
    schedules = {}
  }
  expect_failures = [var.schedules]
}

run "somebody_who_is_not_there_is_refused" {
  command = plan
  variables {
    schedules = { all = { time_zone = "UTC", layers = [{ name = "all", people = ["bob"], start = "2026-01-05T09:00:00Z" }] } }
  }
  expect_failures = [var.schedules]
}

run "a_step_without_anybody_is_refused" {
  command = plan
  variables {
    teams = { team-observability = { title = "A", steps = [{ schedules = ["platform"], minutes = 5 }, { minutes = 5 }] }, team-payments = { title = "B", steps = [{ schedules = ["platform"], minutes = 5 }, { people = ["ada"], minutes = 5 }] } }
  }
  expect_failures = [var.teams]
}

run "one_step_is_refused" {
  command = plan
  variables {
    teams = { team-observability = { title = "A", steps = [{ schedules = ["platform"], minutes = 5 }] }, team-payments = { title = "B", steps = [{ schedules = ["platform"], minutes = 5 }, { people = ["ada"], minutes = 5 }] } }
  }
  expect_failures = [var.teams]
}

run "no_team_is_refused" {
  command = plan
  variables {
    teams = {}
  }
  expect_failures = [var.teams]
}

run "an_owner_without_a_team_is_refused" {
  command = plan
  variables {
    services = { checkout = "team-shop" }
  }
  expect_failures = [var.services]
}

run "a_default_without_a_team_is_refused" {
  command = plan
  variables {
    default_team = "team-shop"
  }
  expect_failures = [var.default_team]
}
