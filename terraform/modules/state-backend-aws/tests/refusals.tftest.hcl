provider "aws" {
  region = "eu-west-1"
}

variables {
  name    = "acme-ballast-test"
  account = { id = "123456789012" }
  region  = "eu-west-1"
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

run "a_week_of_older_states_is_refused" {
  command = plan

  variables {
    restore_days = 7
  }

  expect_failures = [var.restore_days]
}

run "a_zone_for_a_region_is_refused" {
  command = plan

  variables {
    region = "eu-west-1a"
  }

  expect_failures = [var.region]
}
