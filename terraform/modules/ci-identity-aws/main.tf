# Two identities an environment, taken by GitHub's jobs with their OIDC token: no key exists that could leak.
# `plan` reads; `apply` also writes, and only jobs of the protected GitHub environment get it.

locals {
  issuer = "token.actions.githubusercontent.com"
  path   = "/ballast/${var.environment}/"

  # The job's GitHub environment decides what it may become.
  subjects = {
    plan  = "repo:${var.github.organization}/${var.github.repository}:environment:${var.environment}-plan"
    apply = "repo:${var.github.organization}/${var.github.repository}:environment:${var.environment}"
  }

  attachments = merge(
    { for name in keys(local.read) : "plan-read-${name}" => { role = "plan", policy = "read-${name}" } },
    { for name in keys(local.read) : "apply-read-${name}" => { role = "apply", policy = "read-${name}" } },
    { for name in keys(local.write) : "apply-write-${name}" => { role = "apply", policy = "write-${name}" } },
  )
}

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "this" {
  for_each = local.subjects

  name                 = "${var.name}-ci-${each.key}"
  path                 = "/ballast-ci/"
  description          = "GitHub jobs that ${each.key} ${var.environment}."
  max_session_duration = 3600

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = aws_iam_openid_connect_provider.github.arn }
      Condition = {
        StringEquals = {
          "${local.issuer}:aud" = "sts.amazonaws.com"
          "${local.issuer}:sub" = each.value
        }
      }
    }]
  })
}

resource "aws_iam_policy" "this" {
  for_each = merge(
    { for name, statements in local.read : "read-${name}" => statements },
    { for name, statements in local.write : "write-${name}" => statements },
  )

  name        = "${var.name}-ci-${each.key}"
  path        = "/ballast-ci/"
  description = "Part of what CI may do in ${var.environment}: ${each.key}."

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [for statement in each.value : merge({ Effect = "Allow" }, statement)]
  })
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = local.attachments

  role       = aws_iam_role.this[each.value.role].name
  policy_arn = aws_iam_policy.this[each.value.policy].arn
}

# State: both read it; a plan writes nothing but its lock.
resource "aws_iam_role_policy" "state" {
  for_each = {
    plan  = { objects = ["${var.state.bucket}/*.tflock"] }
    apply = { objects = ["${var.state.bucket}/*"] }
  }

  name = "state"
  role = aws_iam_role.this[each.key].name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["s3:ListBucket"], Resource = [var.state.bucket] },
      { Effect = "Allow", Action = ["s3:GetObject"], Resource = ["${var.state.bucket}/*"] },
      { Effect = "Allow", Action = ["s3:DeleteObject", "s3:PutObject"], Resource = each.value.objects },
      { Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = [var.state.key_id] },
    ]
  })
}

# The ceiling of every role that `apply` creates: the services that a cluster and its workloads use, and no way to make or
# change identities. It grants nothing by itself, so whole services are named here.
resource "aws_iam_policy" "boundary" {
  name        = "boundary"
  path        = local.path
  description = "No role of ${var.environment} made by Terraform may exceed this."

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ServicesInUse"
        Effect   = "Allow"
        Resource = "*"
        Action = [
          "autoscaling:*", "cloudwatch:*", "ec2:*", "ecr:*", "eks:*", "elasticloadbalancing:*", "firehose:*", "kms:*", "logs:*",
          "s3:*", "sns:*", "sts:*",
        ]
      },
      {
        Sid      = "ServiceLinkedRoles"
        Effect   = "Allow"
        Resource = "*"
        Action   = ["iam:CreateServiceLinkedRole"]
        Condition = {
          StringEquals = { "iam:AWSServiceName" = ["elasticloadbalancing.amazonaws.com"] }
        }
      },
      {
        Sid      = "NeverTheStateNorTheAuditLog"
        Effect   = "Deny"
        Resource = [var.state.bucket, "${var.state.bucket}/*", "arn:aws:s3:::${var.bucket_prefix}-audit/*"]
        Action   = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:PutBucketPolicy"]
      },
    ]
  })
}
