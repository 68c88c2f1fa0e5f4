output "folders" {
  description = "Grafana's folders by uid, with their addresses."
  value       = module.grafana.folders
}

output "alerts" {
  description = "Alerts that only Grafana evaluates, each with its runbook."
  value       = module.grafana.alerts
}

output "vault" {
  description = "By component, where its secrets are in Vault; and the paths of credentials that Vault makes."
  value       = { components = module.vault.roles, databases = module.vault.databases }
}

output "oncall" {
  description = "Teams by owner, ids of schedules, and whether alerts reach them already; null where another root makes them."
  value       = one([for oncall in module.oncall[*] : { teams = oncall.teams, schedules = oncall.schedules, routed = oncall.routed }])
}
