output "folders" {
  description = "Folders by uid, with their addresses."
  value       = { for uid, folder in grafana_folder.this : uid => folder.url }
}

output "alerts" {
  description = "Names of the alerts, each with its runbook."
  value       = merge([for group in values(grafana_rule_group.this) : { for rule in group.rule : rule.name => rule.annotations["runbook_url"] }]...)
}
