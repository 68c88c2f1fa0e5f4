provider "google" {
  project = "acme-staging"
  region  = "europe-west1"
}

variables {
  name    = "ballast-test"
  account = { id = "acme-staging", number = "333333333333" }
  region  = "europe-west1"
  kms_key = "projects/acme-staging/locations/europe-west1/keyRings/ballast/cryptoKeys/messaging"
  contacts = {
    pagerduty = { kind = "email", address = "ballast@acme.pagerduty.com" }
    oncall    = { kind = "sms", address = "+15005550006" }
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

run "a_minute_of_silence_is_refused" {
  command = plan

  variables {
    silence_minutes = 1
  }

  expect_failures = [var.silence_minutes]
}

run "half_a_minute_more_is_refused" {
  command = plan

  variables {
    silence_minutes = 5.5
  }

  expect_failures = [var.silence_minutes]
}

run "nobody_to_page_is_refused" {
  command = plan

  variables {
    contacts = {}
  }

  expect_failures = [var.contacts]
}

run "a_contact_of_another_kind_is_refused" {
  command = plan

  variables {
    contacts = { pigeon = { kind = "pigeon", address = "roof" } }
  }

  expect_failures = [var.contacts]
}

run "an_email_without_at_is_refused" {
  command = plan

  variables {
    contacts = { pagerduty = { kind = "email", address = "acme" } }
  }

  expect_failures = [var.contacts]
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
