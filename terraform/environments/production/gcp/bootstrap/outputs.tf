output "backend_config" {
  description = "Lines of backend.hcl, the same for every root of this environment."
  value       = module.state_backend.backend_config
}

output "ci_identities" {
  description = "What the workflows take to plan and to apply."
  value       = module.ci_identity.identities
}

output "ci_provider" {
  description = "What exchanges GitHub's token."
  value       = module.ci_identity.provider
}
