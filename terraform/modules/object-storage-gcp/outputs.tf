output "buckets" {
  description = "Buckets by name: `id` is what grants are given on (ARN on AWS, name on Google Cloud), the rest is what an object-storage client is configured with."
  value = {
    for key, bucket in google_storage_bucket.this : key => {
      id       = bucket.name
      name     = bucket.name
      endpoint = "storage.googleapis.com"
      region   = var.region
    }
  }
}
