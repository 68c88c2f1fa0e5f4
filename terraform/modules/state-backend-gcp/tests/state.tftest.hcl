provider "google" {
  project = "acme-staging"
  region  = "europe-west1"
}

variables {
  name    = "acme-ballast-test"
  account = { id = "acme-staging", number = "333333333333" }
  region  = "europe-west1"
}

run "a_bucket_and_its_key" {
  assert {
    condition     = output.backend_config == { bucket = "acme-ballast-test-state" }
    error_message = "The lines of backend.hcl do not name the bucket."
  }

  assert {
    condition     = output.bucket == module.bucket.buckets["state"].id && output.key_id == module.key.keys["state"]
    error_message = "CI would be given another bucket or key than the state's."
  }
}

run "older_states_for_30_days" {
  command = plan

  variables {
    restore_days = 30
  }

  assert {
    condition     = output.backend_config.bucket == "acme-ballast-test-state"
    error_message = "The retention of older versions changes the bucket."
  }
}
