provider "aws" {
  region = "eu-west-1"
}

variables {
  name                  = "acme-ballast-test"
  account               = { id = "123456789012" }
  region                = "eu-west-1"
  kms_key               = "arn:aws:kms:eu-west-1:123456789012:key/audit"
  kubernetes_audit_logs = { ballast-test = "/aws/eks/ballast-test/cluster" }
}

run "locked_for_a_year" {
  assert {
    condition     = output.bucket == { name = aws_s3_bucket.audit.bucket, lock = "governance", retention_days = 365 } && aws_s3_bucket.audit.object_lock_enabled
    error_message = "The bucket is not locked as the output says."
  }

  assert {
    condition     = aws_s3_bucket_object_lock_configuration.audit.bucket == aws_s3_bucket.audit.bucket && aws_s3_bucket_object_lock_configuration.audit.rule[0].default_retention[0].mode == "GOVERNANCE" && aws_s3_bucket_versioning.audit.versioning_configuration[0].status == "Enabled"
    error_message = "The lock is on another bucket, or there are no versions to lock."
  }

  assert {
    condition     = output.sources == { cloud = aws_cloudtrail.this.name, ballast-test = aws_cloudwatch_log_subscription_filter.kubernetes["ballast-test"].name }
    error_message = "The sources kept are not the ones asked for."
  }

  assert {
    condition     = aws_cloudtrail.this.s3_bucket_name == aws_s3_bucket.audit.bucket && aws_cloudtrail.this.kms_key_id == var.kms_key && aws_cloudtrail.this.is_multi_region_trail && aws_cloudtrail.this.enable_log_file_validation && aws_cloudtrail.this.include_global_service_events
    error_message = "The trail misses a region, its digests, its key or its bucket."
  }

  assert {
    condition     = alltrue([for statement in jsondecode(aws_s3_bucket_policy.audit.policy).Statement : statement.Effect == "Deny" || try(statement.Condition.StringEquals["aws:SourceArn"], "") == "arn:aws:cloudtrail:eu-west-1:123456789012:trail/${aws_cloudtrail.this.name}"])
    error_message = "Others than our trail may write to the bucket."
  }

  assert {
    condition     = aws_cloudwatch_log_subscription_filter.kubernetes["ballast-test"].log_group_name == "/aws/eks/ballast-test/cluster" && aws_cloudwatch_log_subscription_filter.kubernetes["ballast-test"].destination_arn == aws_kinesis_firehose_delivery_stream.kubernetes["ballast-test"].arn && aws_cloudwatch_log_subscription_filter.kubernetes["ballast-test"].role_arn == aws_iam_role.subscription["ballast-test"].arn
    error_message = "The cluster's audit events do not reach Firehose."
  }

  assert {
    condition     = aws_kinesis_firehose_delivery_stream.kubernetes["ballast-test"].extended_s3_configuration[0].bucket_arn == aws_s3_bucket.audit.arn && aws_kinesis_firehose_delivery_stream.kubernetes["ballast-test"].extended_s3_configuration[0].role_arn == aws_iam_role.firehose["ballast-test"].arn && aws_kinesis_firehose_delivery_stream.kubernetes["ballast-test"].server_side_encryption[0].key_arn == var.kms_key
    error_message = "Firehose does not write to the locked bucket, or not encrypted."
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.firehose["ballast-test"].policy, "Delete") && jsondecode(aws_iam_role_policy.subscription["ballast-test"].policy).Statement[0].Resource == [aws_kinesis_firehose_delivery_stream.kubernetes["ballast-test"].arn]
    error_message = "What exports audit events may do more than add them."
  }

  assert {
    condition     = alltrue([for value in [aws_s3_bucket_public_access_block.audit.block_public_acls, aws_s3_bucket_public_access_block.audit.block_public_policy, aws_s3_bucket_public_access_block.audit.ignore_public_acls, aws_s3_bucket_public_access_block.audit.restrict_public_buckets] : value]) && aws_s3_bucket_ownership_controls.audit.rule[0].object_ownership == "BucketOwnerEnforced"
    error_message = "The bucket can be made public."
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.audit.rule).apply_server_side_encryption_by_default).kms_master_key_id == var.kms_key && aws_s3_bucket_lifecycle_configuration.audit.rule[0].expiration[0].days == 365
    error_message = "Records are not encrypted with our key, or never end."
  }
}

run "locked_against_everybody" {
  command = plan

  variables {
    lock           = "compliance"
    retention_days = 730
    iam            = { path = "/ballast/staging/", permissions_boundary = "arn:aws:iam::123456789012:policy/ballast/staging/boundary" }
  }

  assert {
    condition     = output.bucket == { name = "acme-ballast-test-audit", lock = "compliance", retention_days = 730 }
    error_message = "The lock is weaker or shorter than asked for."
  }

  assert {
    condition     = alltrue([for role in [aws_iam_role.firehose["ballast-test"], aws_iam_role.subscription["ballast-test"]] : role.path == "/ballast/staging/" && role.permissions_boundary == var.iam.permissions_boundary])
    error_message = "A role is outside its path or boundary."
  }
}

run "the_cloud_alone" {
  command = plan

  variables {
    kubernetes_audit_logs = {}
  }

  assert {
    condition     = keys(output.sources) == ["cloud"]
    error_message = "A cluster is exported though none was named."
  }
}
