locals {
  roles = merge([
    for path, login in var.logins : { for name, role in login.roles : "${path}/${name}" => merge(role, { path = path, name = name, login = login }) }
  ]...)

  # Nobody may read a secret that somebody else put in, but the component that it is for.
  policies = {
    # What CI's apply does with this module. Whoever may write policies may give themselves any: that is why only apply has it.
    configure = {
      for path in ["sys/audit*", "sys/auth*", "sys/mounts*", "sys/policies/acl/*", "auth/+/role/*", "auth/+/config", "database/config/*", "database/roles/*"] :
      path => { capabilities = ["create", "delete", "list", "read", "sudo", "update"] }
    }
    "write-secrets" = {
      "${var.secrets_mount}/data/*"     = { capabilities = ["create", "patch", "update"] }
      "${var.secrets_mount}/metadata/*" = { capabilities = ["list", "read"] }
    }
    audit = {
      for path in ["sys/audit", "sys/auth", "sys/mounts", "sys/policies/acl", "sys/policies/acl/*", "auth/+/role", "auth/+/role/*", "database/roles", "database/roles/*"] :
      path => { capabilities = ["list", "read", "sudo"] }
    }
  }
}

resource "vault_policy" "login" {
  for_each = local.policies

  name   = each.key
  policy = jsonencode({ path = each.value })
}

resource "vault_jwt_auth_backend" "this" {
  for_each = var.logins

  path               = each.key
  type               = "jwt"
  description        = "Tokens of ${each.value.discovery_url}"
  oidc_discovery_url = each.value.discovery_url
  bound_issuer       = each.value.discovery_url
}

resource "vault_jwt_auth_backend_role" "this" {
  for_each = local.roles

  backend                 = vault_jwt_auth_backend.this[each.value.path].path
  role_name               = each.value.name
  role_type               = "jwt"
  user_claim              = each.value.login.user_claim
  bound_audiences         = [each.value.login.audience]
  bound_claims            = each.value.claims
  token_policies          = [for policy in each.value.policies : vault_policy.login[policy].name]
  token_no_default_policy = true
  token_ttl               = each.value.ttl_minutes * 60
  token_max_ttl           = each.value.ttl_minutes * 60
}
