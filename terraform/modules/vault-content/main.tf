# What is inside Vault: who may sign in, what each may read, and that everything is written down. No secret is written here: people put
# them in, Vault makes those of PostgreSQL.

# Two devices: a request is refused when none can write. Standard output is what the log agent ships and what is kept.
resource "vault_audit" "this" {
  for_each = { file = "/vault/audit/audit.log", stdout = "stdout" }

  type        = "file"
  path        = each.key
  description = "Every request and answer, secrets hashed."
  options     = { file_path = each.value }
}

resource "vault_mount" "secrets" {
  path        = var.secrets_mount
  type        = "kv"
  options     = { version = "2" }
  description = "Secrets that people put in, by component."
}

resource "vault_auth_backend" "kubernetes" {
  type        = "kubernetes"
  description = "Service accounts of this cluster."
}

# Vault asks the API server with its own service account (chart: authDelegator).
resource "vault_kubernetes_auth_backend_config" "this" {
  backend         = vault_auth_backend.kubernetes.path
  kubernetes_host = "https://kubernetes.default.svc:443"
}

resource "vault_policy" "component" {
  for_each = var.components

  name = each.key
  policy = jsonencode({
    path = merge(
      {
        "${var.secrets_mount}/data/${each.key}/*"     = { capabilities = ["read"] }
        "${var.secrets_mount}/metadata/${each.key}/*" = { capabilities = ["list", "read"] }
      },
      { for database in each.value.databases : "database/creds/${database}" => { capabilities = ["read"] } },
    )
  })
}

resource "vault_kubernetes_auth_backend_role" "component" {
  for_each = var.components

  backend                          = vault_auth_backend.kubernetes.path
  role_name                        = each.key
  bound_service_account_names      = [each.value.service_account]
  bound_service_account_namespaces = [each.value.namespace]
  audience                         = "vault"
  token_policies                   = [vault_policy.component[each.key].name]
  token_no_default_policy          = true
  token_ttl                        = 3600
  token_max_ttl                    = 86400
}
