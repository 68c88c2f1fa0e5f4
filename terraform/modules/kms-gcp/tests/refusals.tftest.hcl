provider "google" {
  project = "acme-staging"
  region  = "europe-west1"
}

variables {
  name    = "ballast-test"
  account = { id = "acme-staging", number = "333333333333" }
  region  = "europe-west1"
  keys = {
    secrets   = { purpose = "kubernetes-secrets" }
    disks     = { purpose = "disks" }
    storage   = { purpose = "object-storage" }
    logs      = { purpose = "logs" }
    audit     = { purpose = "audit", rotation_days = 180 }
    messaging = { purpose = "messaging" }
    unseal    = { purpose = "unseal" }
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

run "a_missing_project_number_is_refused" {
  command = plan

  variables {
    account = { id = "acme-staging" }
  }

  expect_failures = [var.account]
}

run "an_unknown_purpose_is_refused" {
  command = plan

  variables {
    keys = { x = { purpose = "everything" } }
  }

  expect_failures = [var.keys]
}

run "a_pace_that_no_cloud_keeps_is_refused" {
  command = plan

  variables {
    keys = { x = { purpose = "logs", rotation_days = 30 } }
  }

  expect_failures = [var.keys]
}

run "no_keys_no_resources" {
  command = plan

  variables {
    keys = {}
  }

  assert {
    condition     = length(output.keys) == 0
    error_message = "There are keys though none was asked for."
  }
}

run "a_zone_for_a_region_is_refused" {
  command = plan

  variables {
    region = "europe-west1-b"
  }

  expect_failures = [var.region]
}
