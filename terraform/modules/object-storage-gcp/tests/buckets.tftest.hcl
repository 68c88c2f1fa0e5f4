provider "google" {
  project = "acme-staging"
  region  = "europe-west1"
}

variables {
  name    = "acme-ballast-test"
  account = { id = "acme-staging", number = "333333333333" }
  region  = "europe-west1"
  kms_key = "projects/acme-staging/locations/europe-west1/keyRings/ballast/cryptoKeys/storage"
  buckets = {
    metrics = { cold_days = 90 }
    backups = { restore_days = 30, expire_days = 90 }
  }
}

run "protected_buckets" {
  assert {
    condition = output.buckets == { for name in ["metrics", "backups"] : name => {
      id       = google_storage_bucket.this[name].name
      name     = "acme-ballast-test-${name}"
      endpoint = "storage.googleapis.com"
      region   = "europe-west1"
    } }
    error_message = "The buckets handed out are not the buckets made."
  }

  assert {
    condition     = alltrue([for bucket in google_storage_bucket.this : bucket.public_access_prevention == "enforced" && bucket.uniform_bucket_level_access && !bucket.force_destroy])
    error_message = "A bucket can be made public or emptied by Terraform."
  }

  assert {
    condition     = alltrue([for bucket in google_storage_bucket.this : bucket.versioning[0].enabled && bucket.encryption[0].default_kms_key_name == var.kms_key])
    error_message = "A bucket has no versions or another key."
  }

  assert {
    condition     = one(google_storage_bucket.this["backups"].lifecycle_rule[0].condition).days_since_noncurrent_time == 30 && one(google_storage_bucket.this["metrics"].lifecycle_rule[0].condition).days_since_noncurrent_time == 14
    error_message = "Deleted objects are kept for other times than asked for."
  }

  assert {
    condition     = [for rule in google_storage_bucket.this["metrics"].lifecycle_rule : one(rule.action).type] == ["Delete", "AbortIncompleteMultipartUpload", "SetStorageClass"] && [for rule in google_storage_bucket.this["backups"].lifecycle_rule : one(rule.action).type] == ["Delete", "AbortIncompleteMultipartUpload", "Delete"]
    error_message = "Objects turn cold or expire where that was not asked for, or not where it was."
  }
}
