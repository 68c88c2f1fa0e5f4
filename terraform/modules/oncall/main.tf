# Who is on call, at PagerDuty: alerts/oncall.yaml made so. The other module of this contract is oncall-jsm.
#
# A layer, a step and a target there must be: what is repeated begins with the first of them, so that none is an error.
# Integration keys are not made here: what Terraform makes, its state knows. They are made once by hand and kept in Vault (README).

locals {
  # PagerDuty counts days of the week from Monday, 1.
  days = { monday = 1, tuesday = 2, wednesday = 3, thursday = 4, friday = 5, saturday = 6, sunday = 7 }
  unit = { h = 3600, d = 86400, w = 604800 }

  layers = {
    for name, schedule in var.schedules : name => concat(
      [for layer in schedule.layers : {
        name   = layer.name
        start  = layer.start
        end    = layer.end
        turn   = tonumber(substr(layer.turn, 0, length(layer.turn) - 1)) * local.unit[substr(layer.turn, -1, 1)]
        people = layer.people
        restrictions = flatten([for hours in layer.only : [
          for day in hours.days : {
            day     = local.days[day]
            start   = "${hours.start}:00"
            seconds = (local.minutes[hours.until] - local.minutes[hours.start] + 1440 - 1) % 1440 * 60 + 60
          }
        ]])
      }],
      # PagerDuty's own overrides have no resource; a layer over all others, from then to then, is the same.
      [for override in schedule.overrides : {
        name         = substr("${override.person}: ${override.reason}", 0, 100)
        start        = override.start
        end          = override.end
        turn         = local.unit.w
        people       = [override.person]
        restrictions = []
      }],
    )
  }

  targets = {
    for name, team in var.teams : name => [for step in team.steps : concat(
      [for schedule in step.schedules : { type = "schedule_reference", id = pagerduty_schedule.this[schedule].id }],
      [for person in step.people : { type = "user_reference", id = data.pagerduty_user.this[person].id }],
    )]
  }

  # Services by the team that owns any.
  owned = { for team in distinct(values(var.services)) : team => [for service, owner in var.services : service if owner == team] }

  # Minutes since midnight of every half hour.
  minutes = { for half in range(48) : format("%02d:%02d", floor(half / 2), half % 2 * 30) => half * 30 }
}

data "pagerduty_user" "this" {
  for_each = var.people

  email = each.value.email
}

resource "pagerduty_schedule" "this" {
  for_each = var.schedules

  name        = each.key
  description = each.value.description
  time_zone   = each.value.time_zone
  overflow    = false

  dynamic "layer" {
    for_each = concat([local.layers[each.key][0]], slice(local.layers[each.key], 1, length(local.layers[each.key])))

    content {
      name                         = layer.value.name
      start                        = layer.value.start
      end                          = layer.value.end
      rotation_virtual_start       = layer.value.start
      rotation_turn_length_seconds = layer.value.turn
      users                        = [for person in layer.value.people : data.pagerduty_user.this[person].id]

      dynamic "restriction" {
        for_each = layer.value.restrictions

        content {
          type              = "weekly_restriction"
          start_day_of_week = restriction.value.day
          start_time_of_day = restriction.value.start
          duration_seconds  = restriction.value.seconds
        }
      }
    }
  }
}

resource "pagerduty_team" "this" {
  for_each = var.teams

  name        = each.value.title
  description = "Owner ${each.key} in alerts/services"
}

resource "pagerduty_escalation_policy" "this" {
  for_each = var.teams

  name        = each.value.title
  description = "Whom alerts of ${each.key} go to (alerts/oncall.yaml)"
  num_loops   = each.value.repeat
  teams       = [pagerduty_team.this[each.key].id]

  dynamic "rule" {
    for_each = concat([each.value.steps[0]], slice(each.value.steps, 1, length(each.value.steps)))

    content {
      escalation_delay_in_minutes = rule.value.minutes

      dynamic "target" {
        for_each = concat([local.targets[each.key][rule.key][0]], slice(local.targets[each.key][rule.key], 1, length(local.targets[each.key][rule.key])))

        content {
          type = target.value.type
          id   = target.value.id
        }
      }
    }
  }
}

resource "pagerduty_service" "this" {
  for_each = var.teams

  name              = each.value.title
  description       = "Alerts of services that ${each.key} owns"
  escalation_policy = pagerduty_escalation_policy.this[each.key].id
  alert_creation    = "create_alerts_and_incidents"

  # Alertmanager resolves what is over; an incident that nobody works on any more comes back after half an hour.
  auto_resolve_timeout    = "null"
  acknowledgement_timeout = "1800"

  # The tier's severity (alerts/routing.yaml) decides whether somebody is woken.
  incident_urgency_rule {
    type    = "constant"
    urgency = "severity_based"
  }
}

# One integration key for all alerts; the event's component is its service, whose owner is a team.
resource "pagerduty_event_orchestration_router" "this" {
  for_each = toset(var.account.event_orchestration[*])

  event_orchestration = each.key

  set {
    id = "start"

    dynamic "rule" {
      for_each = local.owned

      content {
        label = "Services of ${rule.key}"

        dynamic "condition" {
          for_each = concat([rule.value[0]], slice(rule.value, 1, length(rule.value)))

          content {
            expression = "event.component matches '${condition.value}'"
          }
        }

        actions {
          route_to = pagerduty_service.this[rule.key].id
        }
      }
    }
  }

  catch_all {
    actions {
      route_to = pagerduty_service.this[var.default_team].id
    }
  }
}
