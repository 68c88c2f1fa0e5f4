# What a team edits. Every variable is explained in variables.tf.

state = { bucket = "acme-ballast-production-state" }

vault = { host = "vault-active.vault.svc", certificates = "/etc/ballast/runner" }

logins = {
  github = {
    discovery_url = "https://token.actions.githubusercontent.com"
    audience      = "vault-production"
    roles = {
      apply = { claims = { repository = "acme/ballast", environment = "production" }, policies = ["configure"] }
    }
  }
}

teams = {
  sre                = { members = ["dana@acme.example", "grace@acme.example"] }
  team-observability = { members = ["ada@acme.example", "bo@acme.example"] }
}

folders = {
  red      = { title = "RED", team = "sre" }
  slo      = { title = "SLOs", team = "sre" }
  platform = { title = "Platform", team = "team-observability" }
}

# One root of a PagerDuty account makes its teams.
oncall = { enabled = false, default_team = "team-observability" }
