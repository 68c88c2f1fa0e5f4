provider "google" {
  project = "acme-staging"
  region  = "europe-west1"
}

variables {
  name    = "acme-ballast-test"
  account = { id = "acme-staging", number = "333333333333" }
  region  = "europe-west1"
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
    region = "europe-west1-b"
  }

  expect_failures = [var.region]
}
