provider "aws" {
  region = "eu-west-1"
}

variables {
  name    = "ballast-test"
  account = { id = "123456789012" }
  region  = "eu-west-1"
  zones   = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
  cidr    = "10.20.0.0/16"
  kms_key = "arn:aws:kms:eu-west-1:123456789012:key/logs"
}

run "a_name_with_capitals_is_refused" {
  command = plan

  variables {
    name = "Ballast Staging"
  }

  expect_failures = [var.name]
}

run "a_wrong_account_is_refused" {
  command = plan

  variables {
    account = { id = "acme" }
  }

  expect_failures = [var.account]
}

run "two_zones_are_refused" {
  command = plan

  variables {
    zones = ["eu-west-1a"]
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

run "a_path_without_slashes_is_refused" {
  command = plan

  variables {
    iam = { path = "ballast" }
  }

  expect_failures = [var.iam]
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
    region = "eu-west-1a"
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
    zones = ["eu-west-1a", "eu-west-1b", "us-east-1a"]
  }

  expect_failures = [var.zones]
}
