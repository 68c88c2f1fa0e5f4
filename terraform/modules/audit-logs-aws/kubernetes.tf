# Kubernetes audit events: from a cluster's log group by subscription to Firehose, which writes them to the locked bucket.

locals {
  # The log group also holds the other control-plane logs; only audit events carry this version.
  audit_pattern = "{ $.apiVersion = \"audit.k8s.io/v1\" }"
}

resource "aws_iam_role" "firehose" {
  for_each = var.kubernetes_audit_logs

  name                 = "${var.name}-${each.key}-firehose"
  path                 = var.iam.path
  permissions_boundary = var.iam.permissions_boundary
  description          = "Writes Kubernetes audit events of ${each.key} to the locked bucket."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "firehose.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = var.account.id } }
    }]
  })
}

resource "aws_iam_role_policy" "firehose" {
  for_each = var.kubernetes_audit_logs

  name = "write-audit-events"
  role = aws_iam_role.firehose[each.key].name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
        Resource = [aws_s3_bucket.audit.arn]
      },
      {
        Effect   = "Allow"
        Action   = ["s3:AbortMultipartUpload", "s3:PutObject"]
        Resource = ["${aws_s3_bucket.audit.arn}/kubernetes/${each.key}/*"]
      },
      {
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = [var.kms_key]
      },
    ]
  })
}

resource "aws_kinesis_firehose_delivery_stream" "kubernetes" {
  for_each = var.kubernetes_audit_logs

  name        = "${var.name}-${each.key}"
  destination = "extended_s3"

  server_side_encryption {
    enabled  = true
    key_type = "CUSTOMER_MANAGED_CMK"
    key_arn  = var.kms_key
  }

  extended_s3_configuration {
    bucket_arn          = aws_s3_bucket.audit.arn
    role_arn            = aws_iam_role.firehose[each.key].arn
    kms_key_arn         = var.kms_key
    prefix              = "kubernetes/${each.key}/"
    error_output_prefix = "kubernetes/${each.key}/failed/"
    buffering_interval  = 60
    buffering_size      = 5

    # CloudWatch Logs compresses already.
    compression_format = "UNCOMPRESSED"
  }

  depends_on = [aws_iam_role_policy.firehose]
}

resource "aws_iam_role" "subscription" {
  for_each = var.kubernetes_audit_logs

  name                 = "${var.name}-${each.key}-logs"
  path                 = var.iam.path
  permissions_boundary = var.iam.permissions_boundary
  description          = "Hands Kubernetes audit events of ${each.key} to Firehose."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "logs.amazonaws.com" }
      Condition = { StringLike = { "aws:SourceArn" = "arn:aws:logs:${var.region}:${var.account.id}:log-group:${each.value}:*" } }
    }]
  })
}

resource "aws_iam_role_policy" "subscription" {
  for_each = var.kubernetes_audit_logs

  name = "hand-over-audit-events"
  role = aws_iam_role.subscription[each.key].name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["firehose:PutRecord", "firehose:PutRecordBatch"]
      Resource = [aws_kinesis_firehose_delivery_stream.kubernetes[each.key].arn]
    }]
  })
}

resource "aws_cloudwatch_log_subscription_filter" "kubernetes" {
  for_each = var.kubernetes_audit_logs

  name            = "${var.name}-${each.key}"
  log_group_name  = each.value
  filter_pattern  = local.audit_pattern
  destination_arn = aws_kinesis_firehose_delivery_stream.kubernetes[each.key].arn
  role_arn        = aws_iam_role.subscription[each.key].arn

  depends_on = [aws_iam_role_policy.subscription]
}
