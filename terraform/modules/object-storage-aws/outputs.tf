output "buckets" {
  description = "Buckets by name: `id` is what grants are given on (ARN on AWS, name on Google Cloud), the rest is what an object-storage client is configured with."
  value = {
    for key, bucket in aws_s3_bucket.this : key => {
      id       = bucket.arn
      name     = bucket.bucket
      endpoint = "s3.${var.region}.amazonaws.com"
      region   = var.region
    }
  }
}
