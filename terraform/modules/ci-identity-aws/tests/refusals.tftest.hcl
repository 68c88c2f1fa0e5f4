provider "aws" {
  region = "eu-west-1"
}

variables {
  name          = "ballast-staging"
  environment   = "staging"
  account       = { id = "123456789012" }
  github        = { organization = "acme", repository = "ballast" }
  state         = { bucket = "arn:aws:s3:::acme-ballast-staging-state", key_id = "arn:aws:kms:eu-west-1:123456789012:key/state" }
  region        = "eu-west-1"
  bucket_prefix = "acme-ballast-staging"
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

run "a_zone_for_a_region_is_refused" {
  command = plan

  variables {
    region = "eu-west-1a"
  }

  expect_failures = [var.region]
}
