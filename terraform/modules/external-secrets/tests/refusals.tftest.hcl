variables {
  vault          = { host = "vault-active.vault.svc" }
  tls            = { secret_name = "external-secrets-tls", server_name = "external-secrets-metrics.external-secrets.svc" }
  zones          = ["a", "b", "c"]
  priority_class = "platform"
  components     = {}
}

run "refuses_an_empty_secret" {
  command = plan
  variables {
    components = { x = { namespace = "x", tls_secret = "x", secrets = { a = { keys = {} } } } }
  }
  expect_failures = [var.components]
}

run "refuses_the_path_of_another" {
  command = plan
  variables {
    components = { x = { namespace = "x", tls_secret = "x", secrets = { a = { keys = { k = { path = "../grafana/oidc", property = "p" } } } } } }
  }
  expect_failures = [var.components]
}

run "refuses_a_refresh_in_words" {
  command = plan
  variables {
    components = { x = { namespace = "x", tls_secret = "x", databases = { a = { role = "r", refresh = "daily" } } } }
  }
  expect_failures = [var.components]
}

run "refuses_one_name_for_two" {
  command = plan
  variables {
    components = { x = { namespace = "x", tls_secret = "x", databases = { a = { role = "r" } }, secrets = { a = { keys = { k = { path = "p", property = "p" } } } } } }
  }
  expect_failures = [var.components]
}

run "refuses_one_zone" {
  command = plan
  variables {
    zones = ["a", "a"]
  }
  expect_failures = [var.zones]
}

run "refuses_one_replica" {
  command = plan
  variables {
    sizing = { replicas = 1 }
  }
  expect_failures = [var.sizing]
}
