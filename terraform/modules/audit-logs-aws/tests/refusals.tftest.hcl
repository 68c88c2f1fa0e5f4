provider "aws" {
  region = "eu-west-1"
}

variables {
  name                  = "acme-ballast-test"
  account               = { id = "123456789012" }
  region                = "eu-west-1"
  kms_key               = "arn:aws:kms:eu-west-1:123456789012:key/audit"
  kubernetes_audit_logs = { ballast-test = "/aws/eks/ballast-test/cluster" }
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

run "a_path_without_slashes_is_refused" {
  command = plan

  variables {
    iam = { path = "ballast" }
  }

  expect_failures = [var.iam]
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
