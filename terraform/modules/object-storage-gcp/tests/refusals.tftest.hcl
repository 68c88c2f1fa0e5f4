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

run "a_name_with_capitals_is_refused" {
  command = plan

  variables {
    name = "Ballast Staging"
  }

  expect_failures = [var.name]
}

run "a_wrong_project_is_refused" {
  command = plan

  variables {
    account = { id = "Acme Project!", number = "333333333333" }
  }

  expect_failures = [var.account]
}

run "a_bucket_with_an_odd_name_is_refused" {
  command = plan

  variables {
    buckets = { "Metrics_1" = {} }
  }

  expect_failures = [var.buckets]
}

run "a_deletion_that_cannot_be_undone_is_refused" {
  command = plan

  variables {
    buckets = { metrics = { restore_days = 1 } }
  }

  expect_failures = [var.buckets]
}

run "cold_before_30_days_is_refused" {
  command = plan

  variables {
    buckets = { metrics = { cold_days = 7 } }
  }

  expect_failures = [var.buckets]
}

run "expiry_before_cold_is_refused" {
  command = plan

  variables {
    buckets = { metrics = { cold_days = 60, expire_days = 45 } }
  }

  expect_failures = [var.buckets]
}

run "no_buckets_no_resources" {
  command = plan

  variables {
    buckets = {}
  }

  assert {
    condition     = length(output.buckets) == 0
    error_message = "There are buckets though none was asked for."
  }
}

run "a_zone_for_a_region_is_refused" {
  command = plan

  variables {
    region = "europe-west1-b"
  }

  expect_failures = [var.region]
}

run "a_key_by_its_name_alone_is_refused" {
  command = plan

  variables {
    kms_key = "storage"
  }

  expect_failures = [var.kms_key]
}
