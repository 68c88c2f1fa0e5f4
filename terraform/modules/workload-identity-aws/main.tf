# One role a component, by the cluster's OIDC issuer (IRSA): only that service account may take it, and it holds the actions
# below on the targets it was granted, nothing else. IRSA rather than pod identity because every client that we run knows it,
# it needs no agent on the nodes, and its shape (an annotation on a service account) is the same as Google Cloud's.

locals {
  issuer_host = trimprefix(var.cluster.oidc_issuer, "https://")

  # What each kind of grant means. `objects` is granted on what is in a bucket, `target` on the thing itself.
  actions = {
    "bucket-read" = {
      target  = ["s3:GetBucketLocation", "s3:ListBucket"]
      objects = ["s3:GetObject"]
    }
    "bucket-write" = {
      target  = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
      objects = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"]
    }
    "key-use" = {
      target  = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"]
      objects = []
    }
    "topic-publish" = {
      target  = ["sns:Publish"]
      objects = []
    }
  }

  # No policy for a component without grants: IAM refuses an empty one.
  policies = {
    for name, component in var.components : name => flatten([
      for grant in values(component.grants) : [
        for statement in [
          { Action = local.actions[grant.kind].target, Resource = grant.target },
          { Action = local.actions[grant.kind].objects, Resource = "${grant.target}/*" },
        ] : merge(statement, { Effect = "Allow" }) if length(statement.Action) > 0
      ]
    ]) if length(component.grants) > 0
  }
}

resource "aws_iam_role" "this" {
  for_each = var.components

  name                 = "${var.name}-${each.key}"
  path                 = var.iam.path
  permissions_boundary = var.iam.permissions_boundary
  description          = "Service account ${each.value.namespace}/${each.value.service_account} of cluster ${var.cluster.name}."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = var.cluster.identity_provider }
      Condition = {
        StringEquals = {
          "${local.issuer_host}:aud" = "sts.amazonaws.com"
          "${local.issuer_host}:sub" = "system:serviceaccount:${each.value.namespace}:${each.value.service_account}"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  for_each = local.policies

  name = "grants"
  role = aws_iam_role.this[each.key].name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = each.value
  })
}
