provider "aws" {
  region = "eu-west-1"
}

variables {
  name    = "acme-ballast-test"
  account = { id = "123456789012" }
  region  = "eu-west-1"
  kms_key = "arn:aws:kms:eu-west-1:123456789012:key/storage"
  buckets = {
    metrics = { cold_days = 90 }
    backups = { restore_days = 30, expire_days = 90 }
  }
}

run "protected_buckets" {
  assert {
    condition = output.buckets == { for name in ["metrics", "backups"] : name => {
      id       = aws_s3_bucket.this[name].arn
      name     = "acme-ballast-test-${name}"
      endpoint = "s3.eu-west-1.amazonaws.com"
      region   = "eu-west-1"
    } }
    error_message = "The buckets handed out are not the buckets made."
  }

  assert {
    condition     = alltrue([for block in aws_s3_bucket_public_access_block.this : block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets])
    error_message = "A bucket can be made public."
  }

  assert {
    condition     = alltrue([for versioning in aws_s3_bucket_versioning.this : versioning.versioning_configuration[0].status == "Enabled"]) && length(aws_s3_bucket_versioning.this) == 2
    error_message = "A bucket has no versions."
  }

  assert {
    condition     = alltrue([for encryption in aws_s3_bucket_server_side_encryption_configuration.this : one(one(encryption.rule).apply_server_side_encryption_by_default).kms_master_key_id == var.kms_key])
    error_message = "A bucket is not encrypted with our key."
  }

  assert {
    condition     = alltrue([for name, policy in aws_s3_bucket_policy.this : policy.bucket == aws_s3_bucket.this[name].bucket && jsondecode(policy.policy).Statement[0].Effect == "Deny" && jsondecode(policy.policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false"])
    error_message = "A bucket answers without TLS."
  }

  assert {
    condition     = alltrue([for controls in aws_s3_bucket_ownership_controls.this : controls.rule[0].object_ownership == "BucketOwnerEnforced"])
    error_message = "A bucket has access-control lists."
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.this["backups"].rule[0].noncurrent_version_expiration[0].noncurrent_days == 30 && aws_s3_bucket_lifecycle_configuration.this["metrics"].rule[0].noncurrent_version_expiration[0].noncurrent_days == 14
    error_message = "Deleted objects are kept for other times than asked for."
  }

  assert {
    condition     = [for rule in aws_s3_bucket_lifecycle_configuration.this["metrics"].rule : rule.id] == ["remove-what-was-deleted", "infrequent-access"] && [for rule in aws_s3_bucket_lifecycle_configuration.this["backups"].rule : rule.id] == ["remove-what-was-deleted", "expire"]
    error_message = "Objects turn cold or expire where that was not asked for, or not where it was."
  }
}
