# What a team edits. Every variable is explained in variables.tf.

state = { bucket = "acme-ballast-production-state" }

gateway_image = "ghcr.io/acme/ballast-gateway:0.1.0@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

grafana = {
  host = "grafana.production.gcp.acme.example"
  oidc = {
    client_id = "grafana-production"
    auth_url  = "https://sso.acme.example/oauth2/authorize"
    token_url = "https://sso.acme.example/oauth2/token"
    api_url   = "https://sso.acme.example/oauth2/userinfo"
    roles     = { GrafanaAdmin = ["sre-leads"], Editor = ["sre"], Viewer = ["engineering"] }
  }
  machine = {
    issuer      = "https://token.actions.githubusercontent.com"
    jwk_set_url = "https://token.actions.githubusercontent.com/.well-known/jwks"
    audience    = "grafana-production"
    subjects    = ["repo:acme/ballast:environment:production"]
  }
}

# Replicas, requests and disks follow from this (docs/sizing.md).
load = { services = 100, series = 1000000, high_cardinality_series = 500000, logs_gb_a_day = 500, spans_gb_a_day = 300, nodes = 20 }

groups = {
  viewer           = ["engineering@acme.example"]
  on_call          = ["sre-on-call@acme.example"]
  release_engineer = ["release-engineering@acme.example"]
  break_glass      = ["sre-leads@acme.example"]
}

# The second region's store API, once there is one (docs/platform.md): queries then see both.
other_stores = {}
