# A key for each use, so that one grant never opens two kinds of data. Key policies name actions one by one: the account's
# administrators manage keys, IAM policies hand out their use, and each AWS service gets what it needs under a condition.

locals {
  root = "arn:aws:iam::${var.account.id}:root"

  administration = {
    Sid       = "AdministerByIam"
    Effect    = "Allow"
    Principal = { AWS = local.root }
    Resource  = "*" # in a key policy: this key
    Action = [
      "kms:CancelKeyDeletion", "kms:CreateAlias", "kms:CreateGrant", "kms:Decrypt", "kms:DeleteAlias", "kms:DescribeKey",
      "kms:DisableKey", "kms:DisableKeyRotation", "kms:EnableKey", "kms:EnableKeyRotation", "kms:Encrypt", "kms:GenerateDataKey",
      "kms:GenerateDataKeyWithoutPlaintext", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants",
      "kms:ListKeyPolicies", "kms:ListResourceTags", "kms:ListRetirableGrants", "kms:PutKeyPolicy", "kms:ReEncryptFrom",
      "kms:ReEncryptTo", "kms:RevokeGrant", "kms:RotateKeyOnDemand", "kms:ScheduleKeyDeletion", "kms:TagResource",
      "kms:UntagResource", "kms:UpdateAlias", "kms:UpdateKeyDescription",
    ]
  }

  use = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"]

  # EKS, S3 and EBS act with the rights of the caller; only services that act by themselves are listed.
  services = {
    "kubernetes-secrets" = []
    "object-storage"     = []
    "unseal"             = []

    "disks" = [
      {
        Sid       = "NodesDisks"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${var.account.id}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling" }
        Resource  = "*"
        Action    = local.use
      },
      {
        Sid       = "NodesDisksGrant"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${var.account.id}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling" }
        Resource  = "*"
        Action    = ["kms:CreateGrant"]
        Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
      },
    ]

    "logs" = [{
      Sid       = "LogGroupsOfThisAccount"
      Effect    = "Allow"
      Principal = { Service = "logs.${var.region}.amazonaws.com" }
      Resource  = "*"
      Action    = local.use
      Condition = { ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:${var.region}:${var.account.id}:log-group:*" } }
    }]

    "audit" = [
      {
        Sid       = "TrailsOfThisAccount"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Resource  = "*"
        Action    = ["kms:GenerateDataKey"]
        Condition = { StringLike = { "kms:EncryptionContext:aws:cloudtrail:arn" = "arn:aws:cloudtrail:${var.region}:${var.account.id}:trail/*" } }
      },
      {
        Sid       = "TrailsCheckTheKey"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Resource  = "*"
        Action    = ["kms:DescribeKey"]
      },
    ]

    "messaging" = [{
      Sid       = "AlarmsOfThisAccount"
      Effect    = "Allow"
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Resource  = "*"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Condition = { StringEquals = { "aws:SourceAccount" = var.account.id } }
    }]
  }
}

resource "aws_kms_key" "this" {
  for_each = var.keys

  description             = "${var.name} ${each.key}: ${each.value.purpose}"
  enable_key_rotation     = true
  rotation_period_in_days = each.value.rotation_days
  deletion_window_in_days = 30

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat([local.administration], local.services[each.value.purpose])
  })

  tags = { Name = "${var.name}-${each.key}" }

  # Without its key all data is noise.
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "this" {
  for_each = var.keys

  name          = "alias/${var.name}-${each.key}"
  target_key_id = aws_kms_key.this[each.key].key_id
}
