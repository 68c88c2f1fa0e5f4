output "identities" {
  description = "What a workflow takes to `plan` and to `apply`: role ARNs on AWS, service accounts on Google Cloud."
  value       = { for name, account in google_service_account.this : name => account.email }
}

output "provider" {
  description = "What exchanges GitHub's token: the OIDC provider's ARN on AWS, the workload identity provider's name on Google Cloud."
  value       = google_iam_workload_identity_pool_provider.github.name
}
