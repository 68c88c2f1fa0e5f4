resource "vault_mount" "database" {
  count = length(var.databases) > 0 ? 1 : 0

  path        = "database"
  type        = "database"
  description = "Logins of PostgreSQL that Vault makes and removes."
}

resource "vault_database_secret_backend_connection" "postgresql" {
  for_each = { for postgresql in var.postgresql[*] : "postgresql" => postgresql }

  backend       = one(vault_mount.database).path
  name          = each.key
  allowed_roles = keys(var.databases)

  # Vault looks when somebody asks: PostgreSQL need not be there when this is applied.
  verify_connection = false

  postgresql {
    connection_url = join("", [
      "postgresql://${each.value.user}@${each.value.host}:${each.value.port}/${each.value.database}?sslmode=verify-full",
      "&sslrootcert=${each.value.files.ca}&sslcert=${each.value.files.cert}&sslkey=${each.value.files.key}",
    ])
    max_open_connections    = 4
    max_connection_lifetime = 3600
  }
}

resource "vault_database_secret_backend_role" "this" {
  for_each = var.databases

  backend = one(vault_mount.database).path
  name    = each.key
  db_name = vault_database_secret_backend_connection.postgresql["postgresql"].name

  default_ttl = each.value.ttl_hours * 3600
  max_ttl     = each.value.max_ttl_hours * 3600

  creation_statements = [
    "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}' IN ROLE \"${each.value.grants}\";",
    # What it makes belongs to the role that stays.
    "ALTER ROLE \"{{name}}\" SET ROLE \"${each.value.grants}\";",
  ]
  renew_statements = ["ALTER ROLE \"{{name}}\" VALID UNTIL '{{expiration}}';"]
  revocation_statements = [
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{{name}}';",
    "DROP ROLE IF EXISTS \"{{name}}\";",
  ]
}
