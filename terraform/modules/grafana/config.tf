# grafana.ini. Reference: https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/
# Whatever is secret is a file that Grafana reads itself ($__file{…}).

locals {
  keys        = "/etc/grafana/keys" # secrets, one folder each
  gateway_url = "http://127.0.0.1:${local.ports["gateway"]}${var.gateway_path}"

  # JMESPath over the identity provider's groups: the highest role that a group gives, else no way in.
  role_path = join(" || ", flatten([
    for role in ["GrafanaAdmin", "Admin", "Editor", "Viewer"] : [
      for group in lookup(var.oidc.roles, role, []) : "contains(${var.oidc.groups_claim}[*], '${group}') && '${role}'"
    ]
  ]))

  # Terraform signs in with its own short-lived OIDC token instead of a key that somebody keeps.
  machine_sign_in = {
    for machine in var.machine[*] : "auth.jwt" => {
      enabled                    = true
      header_name                = "X-JWT-Assertion"
      jwk_set_url                = machine.jwk_set_url
      expect_claims              = jsonencode({ iss = machine.issuer, aud = machine.audience })
      username_claim             = "sub"
      email_claim                = "sub"
      auto_sign_up               = true
      role_attribute_path        = join(" || ", [for subject in machine.subjects : "sub == '${subject}' && 'Admin'"])
      role_attribute_strict      = true
      allow_assign_grafana_admin = false
      skip_org_role_sync         = false
    }
  }

  ini = merge(local.machine_sign_in, {
    server = {
      protocol             = "https"
      http_port            = 3000
      domain               = var.host
      root_url             = "https://${var.host}/"
      enforce_domain       = false # sidecars and probes come by other names
      cert_file            = module.mtls.files.cert
      cert_key             = module.mtls.files.key
      certs_watch_interval = "5m"
      min_tls_version      = "TLS1.2"
    }

    auth = {
      disable_login_form                       = true
      oauth_auto_login                         = true
      disable_signout_menu                     = false
      login_maximum_inactive_lifetime_duration = "12h"
      login_maximum_lifetime_duration          = "24h"
    }

    "auth.basic"     = { enabled = false }
    "auth.anonymous" = { enabled = false }

    "auth.generic_oauth" = {
      enabled                    = true
      name                       = var.oidc.name
      client_id                  = var.oidc.client_id
      client_secret              = "$__file{${local.keys}/oidc/client-secret}"
      scopes                     = join(" ", var.oidc.scopes)
      auth_url                   = var.oidc.auth_url
      token_url                  = var.oidc.token_url
      api_url                    = var.oidc.api_url
      use_pkce                   = true
      use_refresh_token          = true
      allow_sign_up              = true
      login_attribute_path       = "email"
      groups_attribute_path      = "${var.oidc.groups_claim}[*]"
      role_attribute_path        = local.role_path
      role_attribute_strict      = true
      allow_assign_grafana_admin = true
      skip_org_role_sync         = false
    }

    security = {
      disable_initial_admin_creation = true
      secret_key                     = "$__file{${local.keys}/session/secret-key}"
      cookie_secure                  = true
      cookie_samesite                = "lax"
      strict_transport_security      = true
      content_security_policy        = true
      disable_gravatar               = true
      allow_embedding                = false
    }

    users = {
      allow_sign_up    = false
      allow_org_create = false
      viewers_can_edit = false
      default_theme    = "system"
    }

    database = {
      type             = "postgres"
      host             = "${var.database.host}:${var.database.port}"
      name             = var.database.name
      user             = var.database.user
      ssl_mode         = "verify-full"
      ca_cert_path     = "${local.keys}/database/ca.crt"
      client_cert_path = "${local.keys}/database/tls.crt"
      client_key_path  = "${local.keys}/database/tls.key"
      server_cert_name = var.database.server_name
      max_open_conn    = 30
    }

    # Every replica evaluates; the first to tell it in Redis notifies. Redis knows Grafana by its certificate.
    unified_alerting = {
      enabled                  = true
      ha_redis_address         = "${var.redis.host}:${var.redis.port}"
      ha_redis_prefix          = "grafana"
      ha_redis_tls_enabled     = true
      ha_redis_tls_cert_path   = module.mtls.files.cert
      ha_redis_tls_key_path    = module.mtls.files.key
      ha_redis_tls_ca_path     = module.mtls.files.ca
      ha_redis_tls_server_name = var.redis.server_name
      evaluation_timeout       = "30s"
      min_interval             = "10s"
    }

    alerting          = { enabled = false }
    analytics         = { reporting_enabled = false, check_for_updates = false, check_for_plugin_updates = false }
    plugins           = { plugin_admin_enabled = false, preinstall_disabled = true }
    snapshots         = { external_enabled = false }
    public_dashboards = { enabled = false }
    log               = { mode = "console", level = "info" }
    "log.console"     = { format = "json" }
    metrics           = { enabled = true, disable_total_stats = true }
    feature_toggles   = { tempoAlerting = true } # TraceQL in alert rules

    dataproxy = { timeout = 60, logging = false }
  })

  # Contact points that page hold PagerDuty's key, so they are files here and not resources of a state. Each has both legs: PagerDuty
  # itself, and the gateway, which sends under the same key.
  contact_points = {
    apiVersion = 1
    contactPoints = [
      for tier, routing in var.page_tiers : {
        orgId = 1
        name  = tier
        receivers = [
          {
            uid  = "page-${lower(tier)}-pagerduty"
            type = "pagerduty"
            settings = {
              integrationKey = "$__file{${local.keys}/pagerduty/routing-key}"
              severity       = routing.severity
              class          = tier
              client         = "Grafana"
              client_url     = "https://${var.host}/"
            }
          },
          {
            uid      = "page-${lower(tier)}-gateway"
            type     = "webhook"
            settings = { url = local.gateway_url, httpMethod = "POST" }
          },
        ]
      }
    ]
  }
}
