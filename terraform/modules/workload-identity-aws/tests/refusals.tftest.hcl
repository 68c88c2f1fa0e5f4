provider "aws" {
  region = "eu-west-1"
}

variables {
  name = "ballast-test"
  cluster = {
    name              = "ballast-test"
    oidc_issuer       = "https://oidc.eks.eu-west-1.amazonaws.com/id/ABC"
    identity_provider = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC"
  }
  components = {
    thanos = {
      namespace       = "thanos"
      service_account = "thanos"
      grants = {
        metrics = { kind = "bucket-write", target = "arn:aws:s3:::acme-metrics" }
        logs    = { kind = "bucket-read", target = "arn:aws:s3:::acme-logs" }
      }
    }
    vault = {
      namespace       = "vault"
      service_account = "vault"
      grants          = { unseal = { kind = "key-use", target = "arn:aws:kms:eu-west-1:123456789012:key/unseal" } }
    }
    alertmanager = {
      namespace       = "prometheus"
      service_account = "alertmanager"
      grants          = { heartbeat = { kind = "topic-publish", target = "arn:aws:sns:eu-west-1:123456789012:heartbeat" } }
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

run "a_path_without_slashes_is_refused" {
  command = plan

  variables {
    iam = { path = "ballast" }
  }

  expect_failures = [var.iam]
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
