variables {
  host       = "grafana.example.com"
  tls        = { secret_name = "grafana-tls", server_name = "grafana.grafana.svc" }
  database   = { host = "postgresql-rw.postgresql.svc", server_name = "postgresql-rw.postgresql.svc", secret_name = "grafana-postgresql" }
  redis      = { host = "redis.redis.svc", port = 6379, server_name = "redis.redis.svc" }
  page_tiers = { P1 = { severity = "critical" }, P2 = { severity = "error" } }
  oidc = {
    client_id = "grafana"
    auth_url  = "https://id.example.com/authorize"
    token_url = "https://id.example.com/token"
    api_url   = "https://id.example.com/userinfo"
    roles     = { Viewer = ["engineering"], Admin = ["sre-admins", "sre-leads"] }
  }
  upstreams = {
    thanos  = { host = "thanos-query-frontend.thanos.svc", port = 10902, server_name = "thanos.thanos.svc" }
    loki    = { host = "loki-query-frontend.loki.svc", port = 3100, server_name = "loki.loki.svc" }
    gateway = { host = "gateway.gateway.svc", port = 9095, server_name = "gateway.gateway.svc" }
  }
  scheduling = {
    node_selector = { "ballast.io/pool" = "monitoring" }
    tolerations   = [{ key = "ballast.io/monitoring", value = "true", effect = "NoSchedule" }]
  }
}

run "inside" {
  assert {
    condition     = helm_release.this.repository == "oci://ghcr.io/grafana-community/helm-charts" && helm_release.this.chart == "grafana" && helm_release.this.version == local.chart.version && helm_release.this.namespace == "grafana"
    error_message = "It is not the pinned chart, or not in its namespace."
  }

  assert {
    condition     = jsonencode(yamldecode(helm_release.this.values[0])) == jsonencode(local.values)
    error_message = "The chart is given other values than those checked here."
  }

  assert {
    condition     = local.ini.auth.disable_login_form && !local.ini["auth.basic"].enabled && !local.ini["auth.anonymous"].enabled && local.ini.security.disable_initial_admin_creation && local.values.env.GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION == "true" && local.ini["auth.generic_oauth"].enabled && !can(local.ini["auth.jwt"])
    error_message = "There is a way in besides OIDC."
  }

  assert {
    condition     = local.ini["auth.generic_oauth"].role_attribute_path == "contains(groups[*], 'sre-admins') && 'Admin' || contains(groups[*], 'sre-leads') && 'Admin' || contains(groups[*], 'engineering') && 'Viewer'" && local.ini["auth.generic_oauth"].role_attribute_strict
    error_message = "Groups do not have the roles that they were given, the highest first."
  }

  assert {
    condition     = alltrue([for secret in [local.ini["auth.generic_oauth"].client_secret, local.ini.security.secret_key] : startswith(secret, "$__file{/etc/grafana/keys/")])
    error_message = "A secret is a value and not a file."
  }

  assert {
    condition     = local.ini.server.protocol == "https" && local.ini.database.ssl_mode == "verify-full" && local.ini.unified_alerting.ha_redis_tls_enabled
    error_message = "A connection is without TLS."
  }

  assert {
    condition     = [for container in yamldecode(local.values.extraContainers) : container.name] == ["to-gateway", "to-loki", "to-thanos"]
    error_message = "Not every upstream has a sidecar."
  }

  assert {
    condition     = output.gateway_url == "http://127.0.0.1:19100/v1/alertmanager" && output.data_sources == { loki = "http://127.0.0.1:19101", thanos = "http://127.0.0.1:19102" } && contains(yamldecode(local.values.extraContainers)[1].args, "--listen=127.0.0.1:19101")
    error_message = "A data source's address is not that of its sidecar."
  }

  assert {
    condition     = jsonencode([for point in local.contact_points.contactPoints : [for leg in point.receivers : leg.type]]) == jsonencode([["pagerduty", "webhook"], ["pagerduty", "webhook"]]) && local.contact_points.contactPoints[0].receivers[1].settings.url == "http://127.0.0.1:19100/v1/alertmanager" && local.contact_points.contactPoints[1].receivers[0].settings.severity == "error" && output.page_contact_points == tolist(["P1", "P2"])
    error_message = "A page does not have both legs, or another severity."
  }

  assert {
    condition     = [for mount in local.values.extraSecretMounts : mount.secretName] == ["grafana-postgresql", "grafana-oidc", "grafana-pagerduty", "grafana-session"]
    error_message = "A secret is not mounted."
  }

  assert {
    condition     = length(kubernetes_ingress_v1.this) == 0 && local.values.replicas == 3 && local.values.topologySpreadConstraints[0].whenUnsatisfiable == "DoNotSchedule" && local.values.nodeSelector["ballast.io/pool"] == "monitoring"
    error_message = "There is a way in from outside where none was asked for, or pods run elsewhere."
  }

  assert {
    condition     = output.endpoints == { ui = { host = "grafana.grafana.svc", port = 3000, protocol = "https", server_name = "grafana.grafana.svc" } }
    error_message = "Others are sent to the wrong place."
  }
}

run "from_the_network" {
  command = plan

  variables {
    namespace    = "dashboards"
    ingress      = { class = "internal", tls_secret = "grafana-public", annotations = { "nginx.ingress.kubernetes.io/backend-protocol" = "HTTPS" } }
    machine      = { issuer = "https://token.actions.githubusercontent.com", jwk_set_url = "https://token.actions.githubusercontent.com/.well-known/jwks", audience = "grafana", subjects = ["repo:acme/ballast:environment:staging"] }
    gateway_path = "/v2/alerts"
    secrets      = { oidc = "oidc" }
    sizing       = { replicas = 2, memory = "2Gi" }
  }

  assert {
    condition     = one(kubernetes_ingress_v1.this).metadata[0].annotations["nginx.ingress.kubernetes.io/backend-protocol"] == "HTTPS" && one(kubernetes_ingress_v1.this).spec[0].rule[0].host == "grafana.example.com" && one(kubernetes_ingress_v1.this).spec[0].tls[0].secret_name == "grafana-public"
    error_message = "People cannot come in, or not by TLS."
  }

  assert {
    condition     = local.ini["auth.jwt"].role_attribute_path == "sub == 'repo:acme/ballast:environment:staging' && 'Admin'" && jsondecode(local.ini["auth.jwt"].expect_claims).iss == "https://token.actions.githubusercontent.com" && local.ini["auth.jwt"].role_attribute_strict
    error_message = "Somebody else's token could change content."
  }

  assert {
    condition     = endswith(local.contact_points.contactPoints[0].receivers[1].settings.url, "/v2/alerts") && local.values.replicas == 2 && local.values.resources.limits.memory == "2Gi" && local.secrets.oidc == "oidc" && output.endpoints.ui.host == "grafana.dashboards.svc"
    error_message = "Something is not as it was asked for."
  }
}

run "a_url_for_a_host_is_refused" {
  command = plan
  variables { host = "https://grafana.example.com" }
  expect_failures = [var.host]
}

run "an_identity_provider_without_tls_is_refused" {
  command = plan
  variables {
    oidc = { client_id = "g", auth_url = "http://id", token_url = "https://id", api_url = "https://id", roles = { Viewer = ["all"] } }
  }
  expect_failures = [var.oidc]
}

run "an_unknown_role_is_refused" {
  command = plan
  variables {
    oidc = { client_id = "g", auth_url = "https://id", token_url = "https://id", api_url = "https://id", roles = { Owner = ["all"] } }
  }
  expect_failures = [var.oidc]
}

run "a_group_that_breaks_the_expression_is_refused" {
  command = plan
  variables {
    oidc = { client_id = "g", auth_url = "https://id", token_url = "https://id", api_url = "https://id", roles = { Viewer = ["a') || true || contains(groups[*], 'b"] } }
  }
  expect_failures = [var.oidc]
}

run "everybodys_token_is_refused" {
  command = plan
  variables { machine = { issuer = "https://i", jwk_set_url = "https://i/jwks", audience = "grafana", subjects = ["repo:acme/*"] } }
  expect_failures = [var.machine]
}

run "one_leg_is_refused" {
  command = plan
  variables { upstreams = { loki = { host = "loki", port = 3100, server_name = "loki" } } }
  expect_failures = [var.upstreams]
}

run "an_unknown_severity_is_refused" {
  command = plan
  variables { page_tiers = { P1 = { severity = "urgent" } } }
  expect_failures = [var.page_tiers]
}

run "one_replica_is_refused" {
  command = plan
  variables { sizing = { replicas = 1 } }
  expect_failures = [var.sizing]
}
