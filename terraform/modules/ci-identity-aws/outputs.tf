output "identities" {
  description = "What a workflow takes to `plan` and to `apply`: role ARNs on AWS, service accounts on Google Cloud."
  value       = { for name, role in aws_iam_role.this : name => role.arn }
}

output "provider" {
  description = "What exchanges GitHub's token: the OIDC provider's ARN on AWS, the workload identity provider's name on Google Cloud."
  value       = aws_iam_openid_connect_provider.github.arn
}

output "iam" {
  description = "Path and boundary of the roles that `apply` may create: input `iam` of the other AWS modules."
  value = {
    path                 = local.path
    permissions_boundary = aws_iam_policy.boundary.arn
  }
}
