output "bucket" {
  description = "The bucket of locked audit records, and how it is locked."
  value = {
    name           = aws_s3_bucket.audit.bucket
    lock           = lower(aws_s3_bucket_object_lock_configuration.audit.rule[0].default_retention[0].mode)
    retention_days = aws_s3_bucket_object_lock_configuration.audit.rule[0].default_retention[0].days
  }
}

output "sources" {
  description = "What is kept: `cloud` (the cloud's own audit log) and each Kubernetes cluster, with the name of what exports it."
  value = merge(
    { cloud = aws_cloudtrail.this.name },
    { for name, filter in aws_cloudwatch_log_subscription_filter.kubernetes : name => filter.name },
  )
}
