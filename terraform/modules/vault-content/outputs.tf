output "roles" {
  description = "By component, what external-secrets signs in with: the mount, the role, and where its secrets are."
  value = {
    for name, role in vault_kubernetes_auth_backend_role.component : name => {
      mount   = vault_auth_backend.kubernetes.path
      role    = role.role_name
      secrets = "${vault_mount.secrets.path}/${name}"
    }
  }
}

output "databases" {
  description = "Paths of the credentials that Vault makes, by role."
  value       = { for name, role in vault_database_secret_backend_role.this : name => "${role.backend}/creds/${role.name}" }
}
