# The content root of staging on AWS: what is inside Grafana, Vault and PagerDuty, through their APIs. What a team edits is in
# terraform.tfvars, and in alerts/ and dashboards/.

locals {
  repository = "${path.module}/../../../../.."
  routing    = yamldecode(file("${local.repository}/alerts/routing.yaml"))
  settings   = yamldecode(file("${local.repository}/alerts/settings.yaml"))
  oncall     = yamldecode(file("${local.repository}/alerts/oncall.yaml"))

  owners = {
    for file in fileset("${local.repository}/alerts/services", "*.yaml") :
    trimsuffix(file, ".yaml") => yamldecode(file("${local.repository}/alerts/services/${file}")).owner
  }
}

module "grafana" {
  source = "../../../../modules/grafana-content"

  cluster             = local.platform.cluster
  data_sources        = local.platform.grafana.data_sources
  gateway_url         = local.platform.grafana.gateway_url
  page_contact_points = local.platform.grafana.page_contact_points
  dashboards          = "${local.repository}/dashboards"
  slos                = yamldecode(file("${local.repository}/alerts/grafana.yaml")).slos
  routes              = local.routing.routes
  tiers               = local.routing.tiers
  links               = { runbook = local.settings.runbook_url, dashboard = local.settings.dashboard_url }
  teams               = var.teams
  folders             = var.folders
}

module "vault" {
  source = "../../../../modules/vault-content"

  components = local.platform.vault.components
  databases  = { gateway = { grants = "gateway" } }
  logins     = var.logins

  postgresql = {
    host     = local.platform.endpoints.postgresql.rw.host
    port     = local.platform.endpoints.postgresql.rw.port
    database = "gateway"
    files    = local.platform.vault.client_files
  }
}

# Who is on call is one table for all environments, and an account of PagerDuty has one set of teams: one root makes them.
module "oncall" {
  source = "../../../../modules/oncall"
  count  = var.oncall.enabled ? 1 : 0

  people       = local.oncall.people
  schedules    = local.oncall.schedules
  teams        = local.oncall.teams
  services     = local.owners
  default_team = var.oncall.default_team
  account      = { event_orchestration = var.oncall.event_orchestration }
}
