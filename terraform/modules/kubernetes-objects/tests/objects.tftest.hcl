variables {
  name            = "loki-objects"
  namespace       = "loki"
  timeout_seconds = 600
  objects = {
    "certificate/loki" = "{\"apiVersion\":\"cert-manager.io/v1\",\"kind\":\"Certificate\",\"metadata\":{\"name\":\"loki\",\"namespace\":\"loki\"}}"
    "issuer/internal"  = "{\"apiVersion\":\"cert-manager.io/v1\",\"kind\":\"ClusterIssuer\",\"metadata\":{\"name\":\"internal\"}}"
  }
}

run "objects_reach_the_chart" {
  assert {
    condition     = tomap(jsondecode(helm_release.this.values[0]).objects) == var.objects
    error_message = "The chart is given other objects than the module."
  }

  assert {
    condition     = helm_release.this.namespace == "loki" && helm_release.this.timeout == 600
    error_message = "The release is in another namespace or waits for another time."
  }

  assert {
    condition = output.objects == {
      "certificate/loki" = { kind = "Certificate", name = "loki" }
      "issuer/internal"  = { kind = "ClusterIssuer", name = "internal" }
    }
    error_message = "The output does not list what was made."
  }
}

run "refuses_a_long_name" {
  command = plan
  variables {
    name = "Loki_objects"
  }
  expect_failures = [var.name]
}

run "refuses_nothing" {
  command = plan
  variables {
    objects = {}
  }
  expect_failures = [var.objects]
}

run "refuses_what_is_no_manifest" {
  command = plan
  variables {
    objects = { "x" = "{\"kind\":\"Certificate\"}" }
  }
  expect_failures = [var.objects]
}

run "refuses_a_secret" {
  command = plan
  variables {
    objects = { "secret/x" = "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"x\"}}" }
  }
  expect_failures = [var.objects]
}

run "refuses_another_namespace" {
  command = plan
  variables {
    objects = { "role/x" = "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"x\",\"namespace\":\"tempo\"}}" }
  }
  expect_failures = [var.objects]
}

run "refuses_an_endless_wait" {
  command = plan
  variables {
    timeout_seconds = 5
  }
  expect_failures = [var.timeout_seconds]
}
