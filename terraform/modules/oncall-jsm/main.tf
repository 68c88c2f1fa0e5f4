# ballast: skip-file graph/orphan-module because a root takes either this or oncall; ours take PagerDuty, tests plan both.
# Who is on call, at Jira Service Management: alerts/oncall.yaml made so. The other module of this contract is oncall (PagerDuty).
# API keys are not made here: what Terraform makes, its state knows. They are made once by hand and kept in Vault (README).

locals {
  week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
  unit = { h = "hourly", d = "daily", w = "weekly" }

  # A schedule belongs to a team there: to the first whose escalation names it, by name.
  owners = {
    for name in keys(var.schedules) : name => concat(
      sort([for team, given in var.teams : team if contains(flatten(given.steps[*].schedules), name)]),
      [var.default_team],
    )[0]
  }

  rotations = merge([
    for name, schedule in var.schedules : {
      for layer in schedule.layers : "${name}/${layer.name}" => merge(layer, {
        schedule = name
        type     = local.unit[substr(layer.turn, -1, 1)]
        length   = tonumber(substr(layer.turn, 0, length(layer.turn) - 1))
        hours = flatten([for hours in layer.only : [
          for day in hours.days : {
            start_day  = day
            start_hour = tonumber(split(":", hours.start)[0])
            start_min  = tonumber(split(":", hours.start)[1])
            end_day    = local.week[(index(local.week, day) + (tonumber(replace(hours.until, ":", "")) <= tonumber(replace(hours.start, ":", "")) ? 1 : 0)) % 7]
            end_hour   = tonumber(split(":", hours.until)[0])
            end_min    = tonumber(split(":", hours.until)[1])
          }
        ]])
      })
    }
  ]...)

  # Whoever takes part in a team's schedules and steps is its member.
  members = {
    for team, given in var.teams : team => distinct(concat(
      flatten(given.steps[*].people),
      flatten([for name in flatten(given.steps[*].schedules) : flatten(var.schedules[name].layers[*].people)]),
    ))
  }

  # The delay of a step there is from the alert, not from the step before.
  steps = {
    for team, given in var.teams : team => flatten([
      for number, step in given.steps : concat(
        [for name in step.schedules : { delay = sum(concat([0], slice(given.steps[*].minutes, 0, number))), type = "schedule", id = atlassian-operations_schedule.this[name].id }],
        [for name in step.people : { delay = sum(concat([0], slice(given.steps[*].minutes, 0, number))), type = "user", id = data.atlassian-operations_user.this[name].id }],
      )
    ])
  }
}

data "atlassian-operations_user" "this" {
  for_each = var.people

  email_address = each.value.email
}

resource "atlassian-operations_team" "this" {
  for_each = var.teams

  display_name    = each.value.title
  description     = "Owner ${each.key} in alerts/services"
  organization_id = var.account.organization
  team_type       = "MEMBER_INVITE"
  member          = [for person in local.members[each.key] : { account_id = data.atlassian-operations_user.this[person].id }]

  # Its own escalation and schedule would stand beside ours.
  delete_default_resources = true
}

resource "atlassian-operations_schedule" "this" {
  for_each = var.schedules

  name        = each.key
  description = each.value.description
  timezone    = each.value.time_zone
  enabled     = true
  team_id     = atlassian-operations_team.this[local.owners[each.key]].id
}

resource "atlassian-operations_schedule_rotation" "this" {
  for_each = local.rotations

  schedule_id  = atlassian-operations_schedule.this[each.value.schedule].id
  name         = each.value.name
  start_date   = each.value.start
  end_date     = each.value.end
  type         = each.value.type
  length       = each.value.length
  participants = [for person in each.value.people : { type = "user", id = data.atlassian-operations_user.this[person].id }]

  time_restriction = length(each.value.hours) == 0 ? null : { type = "weekday-and-time-of-day", restrictions = each.value.hours }
}

resource "atlassian-operations_escalation" "this" {
  for_each = var.teams

  name        = each.value.title
  description = "Whom alerts of ${each.key} go to (alerts/oncall.yaml)"
  team_id     = atlassian-operations_team.this[each.key].id
  enabled     = true

  rules = [for step in local.steps[each.key] : {
    condition   = "if-not-acked"
    notify_type = "default"
    delay       = step.delay
    recipient   = { type = step.type, id = step.id }
  }]

  repeat = each.value.repeat == 0 ? null : {
    count                  = each.value.repeat
    wait_interval          = each.value.steps[length(each.value.steps) - 1].minutes
    reset_recipient_states = true
    close_alert_after_all  = false
  }
}

resource "atlassian-operations_routing_rule" "this" {
  for_each = var.teams

  team_id    = atlassian-operations_team.this[each.key].id
  name       = "Everything to the escalation"
  is_default = true
  criteria   = { type = "match-all" }
  notify     = { type = "escalation", id = atlassian-operations_escalation.this[each.key].id }
}

# Rotations there are on call side by side: nobody stands over another. So overrides are made in Jira.
check "overrides" {
  assert {
    condition     = length(flatten([for schedule in values(var.schedules) : schedule.overrides])) == 0
    error_message = "alerts/oncall.yaml has overrides, and the provider has no resource for them: make them in Jira Service Management (Schedules > Add override), and take them out of the file when they are over."
  }
}
