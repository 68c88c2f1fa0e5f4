output "teams" {
  description = "By owner: the provider's ids of team and escalation, and the services whose alerts go there."
  value = {
    for name, team in atlassian-operations_team.this : name => {
      team       = team.id
      escalation = atlassian-operations_escalation.this[name].id
      services   = sort([for service, owner in var.services : service if owner == name])
    }
  }
}

output "schedules" {
  description = "The provider's ids of schedules, by name."
  value       = { for name, schedule in atlassian-operations_schedule.this : name => schedule.id }
}

output "routed" {
  description = "Whether alerts reach these teams already, or what is missing."
  value       = "routed by the responder that the gateway names: see README, \"Routing\""
}
