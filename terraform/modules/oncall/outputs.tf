output "teams" {
  description = "By owner: the provider's ids of team and escalation, and the services whose alerts go there."
  value = {
    for name, team in pagerduty_team.this : name => {
      team       = team.id
      escalation = pagerduty_escalation_policy.this[name].id
      services   = sort([for service, owner in var.services : service if owner == name])
    }
  }
}

output "schedules" {
  description = "The provider's ids of schedules, by name."
  value       = { for name, schedule in pagerduty_schedule.this : name => schedule.id }
}

output "routed" {
  description = "Whether alerts reach these teams already, or what is missing."
  value       = length(pagerduty_event_orchestration_router.this) > 0 ? "routed" : "no event orchestration is named: make one and give account.event_orchestration"
}
