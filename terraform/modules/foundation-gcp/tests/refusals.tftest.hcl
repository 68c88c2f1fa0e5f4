provider "google" {
  project = "acme-staging"
  region  = "europe-west1"
}

variables {
  environment        = "staging"
  organization       = "acme"
  account            = { id = "acme-staging", number = "333333333333" }
  region             = "europe-west1"
  zones              = ["europe-west1-b", "europe-west1-c", "europe-west1-d"]
  cidr               = "10.20.0.0/16"
  kubernetes         = { version = "1.33" }
  heartbeat_contacts = { pagerduty = { kind = "email", address = "ballast@acme.pagerduty.com" } }

  # So that the test can clean up; modules eks and gke assert the default.
  deletion_protection = false

  node_pools = {
    general    = { instance_type = "e2-standard-4" }
    monitoring = { instance_type = "n2-highmem-8", monitoring = true }
  }

  buckets = {
    metrics = {}
    logs    = {}
  }

  components = {
    thanos       = { namespace = "thanos", service_account = "thanos", buckets = { metrics = "write", logs = "read" } }
    vault        = { namespace = "vault", service_account = "vault", unseals = true }
    alertmanager = { namespace = "prometheus", service_account = "alertmanager", heartbeat = true }
    grafana      = { namespace = "grafana", service_account = "grafana" }
  }
}

run "an_unknown_environment_is_refused" {
  command = plan

  variables {
    environment = "test"
  }

  expect_failures = [var.environment]
}

run "an_unprotected_production_is_refused" {
  command = plan

  variables {
    environment = "production"
  }

  expect_failures = [var.environment]
}

run "one_gateway_in_production_is_refused" {
  command = plan

  variables {
    environment         = "production"
    deletion_protection = true
    egress              = "shared"
  }

  expect_failures = [var.environment]
}

run "a_long_organization_is_refused" {
  command = plan

  variables {
    organization = "the-acme-corporation"
  }

  expect_failures = [var.organization]
}

run "a_reserved_bucket_is_refused" {
  command = plan

  variables {
    buckets = { metrics = {}, logs = {}, state = {} }
  }

  expect_failures = [var.buckets]
}

run "an_unknown_bucket_is_refused" {
  command = plan

  variables {
    components = { tempo = { namespace = "x", service_account = "x", buckets = { traces = "write" }, heartbeat = true } }
  }

  expect_failures = [var.components]
}

run "no_heartbeat_is_refused" {
  command = plan

  variables {
    components = { tempo = { namespace = "x", service_account = "x" } }
  }

  expect_failures = [var.components]
}

run "a_zone_for_a_region_is_refused" {
  command = plan

  variables {
    region = "europe-west1-b"
  }

  expect_failures = [var.region]
}
