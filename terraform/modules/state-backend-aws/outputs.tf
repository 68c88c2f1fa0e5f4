output "bucket" {
  description = "The state bucket, as module ci-identity takes it: ARN on AWS, name on Google Cloud."
  value       = module.bucket.buckets["state"].id
}

output "key_id" {
  description = "The key that encrypts the state."
  value       = module.key.keys["state"]
}

output "backend_config" {
  description = "Lines of `backend.hcl` that every root of this environment initialises with (`terraform init -backend-config=…`). The bucket's default key encrypts the state."
  value = {
    bucket = module.bucket.buckets["state"].name
    region = var.region
  }
}
