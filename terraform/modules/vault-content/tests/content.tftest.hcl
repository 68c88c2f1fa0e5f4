variables {
  secrets_mount = "kv"
  components = {
    gateway = { namespace = "gateway", service_account = "gateway-secrets", databases = ["gateway"] }
    grafana = { namespace = "grafana", service_account = "grafana-secrets" }
  }
  databases = { gateway = { grants = "gateway_owner", ttl_hours = 12, max_ttl_hours = 24 } }
  postgresql = {
    host  = "postgresql-rw.postgresql.svc", database = "gateway", user = "vault_admin"
    files = { cert = "/vault/tls/tls.crt", key = "/vault/tls/tls.key", ca = "/vault/tls/ca.crt" }
  }
  logins = {
    github = {
      discovery_url = "https://token.actions.githubusercontent.com", audience = "vault"
      roles = {
        apply = { claims = { repository = "acme/ballast", environment = "production" }, policies = ["configure"] }
        plan  = { claims = { repository = "acme/ballast", environment = "production-plan" }, policies = ["audit"], ttl_minutes = 15 }
      }
    }
    people = {
      discovery_url = "https://login.example.com", audience = "vault", user_claim = "email"
      roles         = { sre = { claims = { groups = "sre" }, policies = ["write-secrets", "audit"] } }
    }
  }
}

run "each_reads_its_own" {
  assert {
    condition = jsondecode(vault_policy.component["gateway"].policy).path == {
      "kv/data/gateway/*"      = { capabilities = ["read"] }
      "kv/metadata/gateway/*"  = { capabilities = ["list", "read"] }
      "database/creds/gateway" = { capabilities = ["read"] }
    } && length(jsondecode(vault_policy.component["grafana"].policy).path) == 2
    error_message = "A component may do other things than read its own secrets and ask for its own credentials."
  }

  assert {
    condition = alltrue([for name, role in vault_kubernetes_auth_backend_role.component :
      role.bound_service_account_names == toset([var.components[name].service_account]) && role.bound_service_account_namespaces == toset([var.components[name].namespace]) &&
      role.token_policies == toset([name]) && role.audience == "vault" && role.token_no_default_policy
    ])
    error_message = "Another service account may sign in for a component, or gets more than its policy."
  }

  assert {
    condition     = output.roles["gateway"] == { mount = vault_auth_backend.kubernetes.path, role = "gateway", secrets = "kv/gateway" } && length(output.roles) == 2
    error_message = "external-secrets would sign in elsewhere."
  }

  assert {
    condition     = { for name, device in vault_audit.this : name => device.options.file_path } == { file = "/vault/audit/audit.log", stdout = "stdout" }
    error_message = "Requests are not written down twice."
  }
}

run "credentials_that_end" {
  assert {
    condition     = vault_database_secret_backend_connection.postgresql["postgresql"].postgresql[0].connection_url == "postgresql://vault_admin@postgresql-rw.postgresql.svc:5432/gateway?sslmode=verify-full&sslrootcert=/vault/tls/ca.crt&sslcert=/vault/tls/tls.crt&sslkey=/vault/tls/tls.key"
    error_message = "Vault reaches PostgreSQL otherwise than by its own certificate."
  }

  assert {
    condition     = vault_database_secret_backend_connection.postgresql["postgresql"].postgresql[0].password == null && toset(vault_database_secret_backend_connection.postgresql["postgresql"].allowed_roles) == toset(["gateway"])
    error_message = "There is a password, or a role that nobody listed."
  }

  assert {
    condition = (
      vault_database_secret_backend_role.this["gateway"].default_ttl == 43200 && vault_database_secret_backend_role.this["gateway"].max_ttl == 86400 &&
      strcontains(vault_database_secret_backend_role.this["gateway"].creation_statements[0], "IN ROLE \"gateway_owner\"") &&
      strcontains(vault_database_secret_backend_role.this["gateway"].revocation_statements[1], "DROP ROLE")
    )
    error_message = "Credentials live longer than asked for, or with other rights."
  }

  assert {
    condition     = output.databases == { gateway = "database/creds/gateway" }
    error_message = "The output names another path."
  }
}

run "people_and_ci" {
  assert {
    condition = (
      keys(vault_jwt_auth_backend_role.this) == ["github/apply", "github/plan", "people/sre"] &&
      vault_jwt_auth_backend_role.this["github/plan"].token_ttl == 900 && vault_jwt_auth_backend_role.this["github/plan"].token_policies == toset(["audit"]) &&
      vault_jwt_auth_backend_role.this["people/sre"].bound_claims == tomap({ groups = "sre" }) && vault_jwt_auth_backend_role.this["people/sre"].user_claim == "email" &&
      vault_jwt_auth_backend.this["people"].oidc_discovery_url == "https://login.example.com" && vault_jwt_auth_backend.this["people"].oidc_client_secret == null
    )
    error_message = "Somebody signs in with other claims or policies than listed, or there is a client secret in the state."
  }

  assert {
    condition     = alltrue([for policy in ["configure", "write-secrets", "audit"] : alltrue([for path, rule in jsondecode(vault_policy.login[policy].policy).path : !startswith(path, "kv/data") || !contains(rule.capabilities, "read")])])
    error_message = "Somebody may read what others put in."
  }
}

run "nothing_but_audit" {
  command = plan
  variables {
    components = {}
    databases  = {}
    postgresql = null
    logins     = {}
  }
  assert {
    condition     = length(vault_mount.database) == 0 && length(output.databases) == 0 && length(vault_audit.this) == 2
    error_message = "There is a database engine though there is no database, or nothing is written down."
  }
}
