provider "atlassian-operations" {
  cloud_id      = "0b1c2d3e-0000-4000-8000-000000000000"
  domain_name   = "acme.atlassian.net"
  email_address = "terraform@acme.example"
  token         = "not-a-token"
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
  account      = { organization = "0b1c2d3e-0000-4000-8000-123456789abc" }
}


run "rotations_are_those_of_the_file" {
  assert {
    condition     = keys(atlassian-operations_schedule_rotation.this) == ["platform/berlin", "platform/san-francisco", "product/weekly"]
    error_message = "A rotation is missing."
  }

  assert {
    condition     = [for p in atlassian-operations_schedule_rotation.this["platform/berlin"].participants : p.id] == [data.atlassian-operations_user.this["ada"].id, data.atlassian-operations_user.this["bo"].id]
    error_message = "People do not take turns in the order of the file."
  }

  assert {
    condition     = [for name, rotation in atlassian-operations_schedule_rotation.this : "${rotation.type} ${rotation.length}"] == ["weekly 1", "daily 2", "weekly 1"]
    error_message = "A turn has another length."
  }

  assert {
    condition     = length(atlassian-operations_schedule_rotation.this["platform/berlin"].time_restriction.restrictions) == 7 && atlassian-operations_schedule_rotation.this["product/weekly"].time_restriction == null
    error_message = "A rotation is on at other times."
  }

  assert {
    condition     = [for r in atlassian-operations_schedule_rotation.this["platform/san-francisco"].time_restriction.restrictions : "${r.start_day} ${r.start_hour}:${r.start_min} ${r.end_day} ${r.end_hour}:${r.end_min}"] == ["sunday 20:0 monday 8:0"]
    error_message = "Hours over midnight end on another day."
  }

  assert {
    condition     = output.schedules == { for name, schedule in atlassian-operations_schedule.this : name => schedule.id }
    error_message = "The output does not name the schedules."
  }
}

run "an_alert_reaches_its_owner" {
  assert {
    condition     = sort([for rule in atlassian-operations_escalation.this["team-payments"].rules : format("%02d %s", rule.delay, rule.recipient.type)]) == tolist(["00 schedule", "05 schedule"])
    error_message = "A step is told at another time than the minutes of those before."
  }

  assert {
    condition     = atlassian-operations_escalation.this["team-observability"].repeat.count == 3 && atlassian-operations_escalation.this["team-observability"].repeat.wait_interval == 15
    error_message = "The escalation does not begin again."
  }

  assert {
    condition     = alltrue([for name, rule in atlassian-operations_routing_rule.this : rule.notify.id == atlassian-operations_escalation.this[name].id && rule.is_default])
    error_message = "A team's alerts go to another team's escalation."
  }

  assert {
    condition     = length(atlassian-operations_team.this["team-observability"].member) == 3
    error_message = "Somebody who is on call for a team is not its member."
  }

  assert {
    condition = jsonencode(output.teams) == jsonencode({
      for name, services in { team-observability = ["gateway", "prometheus"], team-payments = ["checkout"] } : name => {
        team                                     = atlassian-operations_team.this[name].id, escalation = atlassian-operations_escalation.this[name].id, services = services
      }
    })
    error_message = "The output says something else of teams."
  }

  assert {
    condition     = startswith(output.routed, "routed")
    error_message = "The output says that nothing is routed."
  }
}

run "it_can_be_told_otherwise" {
  variables {
    services     = {}
    default_team = "team-payments"
    account      = { organization = "0b1c2d3e-0000-4000-8000-ffffffffffff" }
    teams = {
      team-payments = { title = "Payments", steps = [{ people = ["bo"], minutes = 5 }, { schedules = ["platform"], minutes = 10 }], repeat = 0 }
    }
  }

  assert {
    condition     = atlassian-operations_escalation.this["team-payments"].repeat == null && local.owners["product"] == "team-payments"
    error_message = "It begins again though it should not, or a schedule of nobody has no team."
  }
}

run "overrides_are_said_to_be_made_elsewhere" {
  command = plan
  variables {
    schedules = {
      platform = {
        time_zone = "UTC"
        layers    = [{ name = "all", people = ["ada"], start = "2026-01-05T09:00:00Z" }]
        overrides = [{ person = "bo", start = "2026-04-03T08:00:00+02:00", end = "2026-04-03T20:00:00+02:00", reason = "Ada is away" }]
      }
      product = { time_zone = "UTC", layers = [{ name = "all", people = ["ada"], start = "2026-01-05T09:00:00Z" }] }
    }
  }
  expect_failures = [check.overrides]
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

run "another_id_is_refused" {
  command = plan
  variables {
    account = { organization = "acme" }
  }
  expect_failures = [var.account]
}
