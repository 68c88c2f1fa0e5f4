provider "aws" {
  region = "eu-west-1"
}

variables {
  name = "ballast-test"
  cluster = {
    name              = "ballast-test"
    oidc_issuer       = "https://oidc.eks.eu-west-1.amazonaws.com/id/ABC"
    identity_provider = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC"
  }
  components = {
    thanos = {
      namespace       = "thanos"
      service_account = "thanos"
      grants = {
        metrics = { kind = "bucket-write", target = "arn:aws:s3:::acme-metrics" }
        logs    = { kind = "bucket-read", target = "arn:aws:s3:::acme-logs" }
      }
    }
    vault = {
      namespace       = "vault"
      service_account = "vault"
      grants          = { unseal = { kind = "key-use", target = "arn:aws:kms:eu-west-1:123456789012:key/unseal" } }
    }
    alertmanager = {
      namespace       = "prometheus"
      service_account = "alertmanager"
      grants          = { heartbeat = { kind = "topic-publish", target = "arn:aws:sns:eu-west-1:123456789012:heartbeat" } }
    }
    collector = {
      namespace       = "collectors"
      service_account = "collector"
    }
  }
}

run "one_identity_a_component" {
  assert {
    condition = output.service_accounts == { for name, component in var.components : name => {
      namespace   = component.namespace
      name        = component.service_account
      identity    = aws_iam_role.this[name].arn
      annotations = { "eks.amazonaws.com/role-arn" = aws_iam_role.this[name].arn }
    } }
    error_message = "A service account carries another component's role."
  }

  assert {
    condition = alltrue([for name, role in aws_iam_role.this : jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals == {
      "oidc.eks.eu-west-1.amazonaws.com/id/ABC:aud" = "sts.amazonaws.com"
      "oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub" = "system:serviceaccount:${var.components[name].namespace}:${var.components[name].service_account}"
    }])
    error_message = "A role can be taken by others than its one service account."
  }

  assert {
    condition     = alltrue([for role in aws_iam_role.this : jsondecode(role.assume_role_policy).Statement[0].Principal.Federated == var.cluster.identity_provider])
    error_message = "A role trusts another issuer."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.this["thanos"].policy).Statement == [
      { Effect = "Allow", Action = ["s3:GetBucketLocation", "s3:ListBucket"], Resource = "arn:aws:s3:::acme-logs" },
      { Effect = "Allow", Action = ["s3:GetObject"], Resource = "arn:aws:s3:::acme-logs/*" },
      { Effect = "Allow", Action = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"], Resource = "arn:aws:s3:::acme-metrics" },
      { Effect = "Allow", Action = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"], Resource = "arn:aws:s3:::acme-metrics/*" },
    ]
    error_message = "Thanos holds other rights than it was granted."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.this["vault"].policy).Statement == [{ Effect = "Allow", Action = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"], Resource = "arn:aws:kms:eu-west-1:123456789012:key/unseal" }]
    error_message = "Vault holds other rights than the use of its key."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.this["alertmanager"].policy).Statement == [{ Effect = "Allow", Action = ["sns:Publish"], Resource = "arn:aws:sns:eu-west-1:123456789012:heartbeat" }]
    error_message = "Alertmanager holds other rights than to send its heartbeat."
  }

  assert {
    condition     = !contains(keys(aws_iam_role_policy.this), "collector")
    error_message = "A component without grants has a policy."
  }
}

run "within_path_and_boundary" {
  variables {
    iam = { path = "/ballast/staging/", permissions_boundary = "arn:aws:iam::123456789012:policy/ballast/staging/boundary" }
  }

  assert {
    condition     = alltrue([for role in aws_iam_role.this : role.path == "/ballast/staging/" && role.permissions_boundary == var.iam.permissions_boundary])
    error_message = "A role is outside its path or boundary."
  }
}
