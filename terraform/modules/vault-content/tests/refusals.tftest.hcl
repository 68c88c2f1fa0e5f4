variables {
  components = { gateway = { namespace = "gateway", service_account = "gateway" } }
}

run "refuses_a_name_with_capitals" {
  command = plan
  variables {
    components = { Gateway = { namespace = "gateway", service_account = "gateway" } }
  }
  expect_failures = [var.components]
}

run "refuses_a_shared_service_account" {
  command = plan
  variables {
    components = { one = { namespace = "x", service_account = "x" }, two = { namespace = "x", service_account = "x" } }
  }
  expect_failures = [var.components]
}

run "refuses_an_unknown_database" {
  command = plan
  variables {
    components = { one = { namespace = "x", service_account = "x", databases = ["orders"] } }
  }
  expect_failures = [var.components]
}

run "refuses_sql_in_a_role" {
  command = plan
  variables {
    databases  = { gateway = { grants = "x\"; DROP" } }
    postgresql = { host = "h", database = "d", files = { cert = "c", key = "k", ca = "a" } }
  }
  expect_failures = [var.databases]
}

run "refuses_credentials_for_ever" {
  command = plan
  variables {
    databases  = { gateway = { grants = "x", max_ttl_hours = 9000 } }
    postgresql = { host = "h", database = "d", files = { cert = "c", key = "k", ca = "a" } }
  }
  expect_failures = [var.databases]
}

run "refuses_a_server_without_roles" {
  command = plan
  variables {
    postgresql = { host = "h", database = "d", files = { cert = "c", key = "k", ca = "a" } }
  }
  expect_failures = [var.postgresql]
}

run "refuses_an_issuer_without_tls" {
  command = plan
  variables {
    logins = { people = { discovery_url = "http://login", audience = "vault", roles = {} } }
  }
  expect_failures = [var.logins]
}

run "refuses_everybody" {
  command = plan
  variables {
    logins = { people = { discovery_url = "https://login", audience = "vault", roles = { all = { claims = {}, policies = [] } } } }
  }
  expect_failures = [var.logins]
}

run "refuses_an_unknown_policy" {
  command = plan
  variables {
    logins = { people = { discovery_url = "https://login", audience = "vault", roles = { all = { claims = { a = "b" }, policies = ["root"] } } } }
  }
  expect_failures = [var.logins]
}

run "refuses_a_week" {
  command = plan
  variables {
    logins = { people = { discovery_url = "https://login", audience = "vault", roles = { all = { claims = { a = "b" }, policies = [], ttl_minutes = 10080 } } } }
  }
  expect_failures = [var.logins]
}

run "refuses_a_mount_with_slashes" {
  command = plan
  variables {
    secrets_mount = "a/b"
  }
  expect_failures = [var.secrets_mount]
}
