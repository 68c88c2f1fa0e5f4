provider "google" {
  project = "acme-staging"
  region  = "europe-west1"
}

variables {
  name    = "ballast-test"
  account = { id = "acme-staging", number = "333333333333" }
  region  = "europe-west1"
  zones   = ["europe-west1-b", "europe-west1-c", "europe-west1-d"]
  cidr    = "10.20.0.0/16"
  kms_key = "projects/acme-staging/locations/europe-west1/keyRings/ballast/cryptoKeys/logs"
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

run "two_zones_are_refused" {
  command = plan

  variables {
    zones = ["europe-west1-b"]
  }

  expect_failures = [var.zones]
}

run "a_small_range_is_refused" {
  command = plan

  variables {
    cidr = "10.20.0.0/24"
  }

  expect_failures = [var.cidr]
}

run "a_range_that_is_none_is_refused" {
  command = plan

  variables {
    cidr = "10.20"
  }

  expect_failures = [var.cidr]
}

run "a_wrong_service_range_is_refused" {
  command = plan

  variables {
    service_cidr = "172.20.0.0/28"
  }

  expect_failures = [var.service_cidr]
}

run "an_unknown_egress_is_refused" {
  command = plan

  variables {
    egress = "sometimes"
  }

  expect_failures = [var.egress]
}

run "an_odd_retention_is_refused" {
  command = plan

  variables {
    flow_log_retention_days = 42
  }

  expect_failures = [var.flow_log_retention_days]
}

run "no_zone_is_refused" {
  command = plan

  variables {
    zones = []
  }

  expect_failures = [var.zones]
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

run "a_zone_of_another_region_is_refused" {
  command = plan

  variables {
    zones = ["europe-west1-b", "europe-west1-c", "us-east1-b"]
  }

  expect_failures = [var.zones]
}
