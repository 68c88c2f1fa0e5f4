provider "aws" {
  region = "eu-west-1"
}

variables {
  name          = "ballast-staging"
  environment   = "staging"
  account       = { id = "123456789012" }
  github        = { organization = "acme", repository = "ballast" }
  state         = { bucket = "arn:aws:s3:::acme-ballast-staging-state", key_id = "arn:aws:kms:eu-west-1:123456789012:key/state" }
  region        = "eu-west-1"
  bucket_prefix = "acme-ballast-staging"
}

run "plan_reads_and_apply_writes" {
  assert {
    condition     = output.identities == { plan = aws_iam_role.this["plan"].arn, apply = aws_iam_role.this["apply"].arn }
    error_message = "The roles handed out are not the roles made."
  }

  assert {
    condition = { for name, role in aws_iam_role.this : name => jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] } == {
      plan  = "repo:acme/ballast:environment:staging-plan"
      apply = "repo:acme/ballast:environment:staging"
    }
    error_message = "A role can be taken from another GitHub environment."
  }

  assert {
    condition     = output.provider == aws_iam_openid_connect_provider.github.arn && alltrue([for role in aws_iam_role.this : jsondecode(role.assume_role_policy).Statement[0].Principal.Federated == output.provider])
    error_message = "A role trusts another issuer than GitHub's."
  }

  assert {
    condition = alltrue([for attachment in aws_iam_role_policy_attachment.this : (
      attachment.role != aws_iam_role.this["plan"].name ||
      contains([for name, policy in aws_iam_policy.this : policy.arn if startswith(name, "read-")], attachment.policy_arn)
    )])
    error_message = "The plan role holds more than the reading policies."
  }

  assert {
    condition     = length([for attachment in aws_iam_role_policy_attachment.this : attachment if attachment.role == aws_iam_role.this["apply"].name]) == length(aws_iam_policy.this)
    error_message = "The apply role lacks a policy."
  }

  assert {
    condition     = alltrue([for policy in aws_iam_policy.this : alltrue([for statement in jsondecode(policy.policy).Statement : alltrue([for action in statement.Action : !strcontains(action, "*")])])])
    error_message = "A policy of CI names actions by wildcard."
  }

  # A resource of "*" at least ends at the region.
  assert {
    condition = alltrue(flatten([for policy in aws_iam_policy.this : [for statement in jsondecode(policy.policy).Statement : (
      statement.Resource != "*" || try(statement.Condition.StringEquals["aws:RequestedRegion"], "") == "eu-west-1"
    )]]))
    error_message = "A policy of CI reaches every resource of every region."
  }

  assert {
    condition = alltrue(flatten([for name, policy in aws_iam_policy.this : [for statement in jsondecode(policy.policy).Statement : [for action in statement.Action : (
      can(regex("^[a-z0-9]+:(Describe|Get|List)", action))
    )]] if startswith(name, "read-")]))
    error_message = "A reading policy of CI holds an action that writes."
  }

  assert {
    condition = alltrue(flatten([for statement in jsondecode(aws_iam_policy.this["write-network"].policy).Statement : [for action in statement.Action : (
      try(statement.Condition.StringEquals["aws:ResourceTag/environment"], "") == "staging"
    ) if can(regex("^ec2:(Delete|Release|Detach)", action)) && action != "ec2:DeleteTags"]]))
    error_message = "The apply role can remove parts of networks that are not this environment's."
  }

  assert {
    condition     = alltrue([for policy in aws_iam_policy.this : length(policy.policy) <= 6144])
    error_message = "A policy is longer than the 6144 characters that IAM takes."
  }

  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.state["plan"].policy).Statement : statement.Resource if contains(statement.Action, "s3:PutObject")] == [["arn:aws:s3:::acme-ballast-staging-state/*.tflock"]]
    error_message = "A plan can write more of the state bucket than its lock."
  }

  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.state["apply"].policy).Statement : statement.Resource if contains(statement.Action, "s3:PutObject")] == [["arn:aws:s3:::acme-ballast-staging-state/*"]]
    error_message = "An apply cannot write the state."
  }

  assert {
    condition     = output.iam == { path = "/ballast/staging/", permissions_boundary = aws_iam_policy.boundary.arn } && aws_iam_policy.boundary.path == "/ballast/staging/" && aws_iam_policy.boundary.name == "boundary"
    error_message = "The cluster root would look for the boundary elsewhere."
  }

  # Whoever can create a role without the boundary can become administrator.
  assert {
    condition     = [for statement in jsondecode(aws_iam_policy.this["write-cluster"].policy).Statement : try(statement.Condition.StringEquals["iam:PermissionsBoundary"], "none") if contains(statement.Action, "iam:CreateRole") || contains(statement.Action, "iam:PutRolePolicy") || contains(statement.Action, "iam:AttachRolePolicy")] == [aws_iam_policy.boundary.arn]
    error_message = "The apply role can make roles beyond the boundary."
  }
}
