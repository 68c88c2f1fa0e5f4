provider "google" {
  project = "acme-staging"
  region  = "europe-west1"
}

variables {
  name        = "ballast-staging"
  environment = "staging"
  account     = { id = "acme-staging", number = "333333333333" }
  github      = { organization = "acme", repository = "ballast" }
  state       = { bucket = "acme-ballast-staging-state", key_id = "projects/acme-staging/locations/europe-west1/keyRings/ballast/cryptoKeys/state" }
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

run "an_unknown_environment_is_refused" {
  command = plan

  variables {
    environment = "test"
  }

  expect_failures = [var.environment]
}

run "every_repository_is_refused" {
  command = plan

  variables {
    github = { organization = "acme", repository = "*" }
  }

  expect_failures = [var.github]
}

run "an_organization_with_a_slash_is_refused" {
  command = plan

  variables {
    github = { organization = "acme/ballast", repository = "ballast" }
  }

  expect_failures = [var.github]
}
