provider "google" {
  project = "acme-staging"
  region  = "europe-west1"
}

variables {
  name    = "ballast-test"
  account = { id = "acme-staging", number = "333333333333" }
  cluster = {
    name              = "ballast-test"
    oidc_issuer       = "https://container.googleapis.com/v1/projects/acme-staging/locations/europe-west1/clusters/ballast-test"
    identity_provider = "acme-staging.svc.id.goog"
  }
  components = {
    thanos = {
      namespace       = "thanos"
      service_account = "thanos"
      grants = {
        metrics = { kind = "bucket-write", target = "acme-metrics" }
        logs    = { kind = "bucket-read", target = "acme-logs" }
      }
    }
    vault = {
      namespace       = "vault"
      service_account = "vault"
      grants          = { unseal = { kind = "key-use", target = "projects/acme-staging/locations/europe-west1/keyRings/ballast/cryptoKeys/unseal" } }
    }
    alertmanager = {
      namespace       = "prometheus"
      service_account = "alertmanager"
      grants          = { heartbeat = { kind = "topic-publish", target = "projects/acme-staging/topics/heartbeat" } }
    }
    collector = {
      namespace       = "collectors"
      service_account = "collector"
    }
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

run "a_long_component_name_is_refused" {
  command = plan

  variables {
    components = { "a-component-of-far-too-many-letters" = { namespace = "x", service_account = "x", grants = {} } }
  }

  expect_failures = [var.components]
}

run "an_unknown_kind_is_refused" {
  command = plan

  variables {
    components = { thanos = { namespace = "x", service_account = "x", grants = { all = { kind = "everything", target = "acme" } } } }
  }

  expect_failures = [var.components]
}

run "a_wildcard_target_is_refused" {
  command = plan

  variables {
    components = { thanos = { namespace = "x", service_account = "x", grants = { all = { kind = "bucket-read", target = "acme-*" } } } }
  }

  expect_failures = [var.components]
}

run "a_shared_service_account_is_refused" {
  command = plan

  variables {
    components = { one = { namespace = "x", service_account = "x" }, two = { namespace = "x", service_account = "x" } }
  }

  expect_failures = [var.components]
}

run "no_components_no_resources" {
  command = plan

  variables {
    components = {}
  }

  assert {
    condition     = length(output.service_accounts) == 0
    error_message = "There are identities though no component was named."
  }
}
