provider "google" {
  project = "acme-staging"
  region  = "europe-west1"
}

variables {
  name                  = "acme-ballast-test"
  account               = { id = "acme-staging", number = "333333333333" }
  region                = "europe-west1"
  kms_key               = "projects/acme-staging/locations/europe-west1/keyRings/ballast/cryptoKeys/audit"
  kubernetes_audit_logs = { ballast-test = "resource.labels.cluster_name=\"ballast-test\"" }
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

run "a_month_is_refused" {
  command = plan

  variables {
    retention_days = 30
  }

  expect_failures = [var.retention_days]
}

run "an_unknown_lock_is_refused" {
  command = plan

  variables {
    lock = "soft"
  }

  expect_failures = [var.lock]
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
