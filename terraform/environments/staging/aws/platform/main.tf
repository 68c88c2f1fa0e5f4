# The platform root of staging on AWS: everything that runs on the monitoring cluster. What a team edits is in terraform.tfvars.

locals {
  repository = "${path.module}/../../../../.."
  routing    = yamldecode(file("${local.repository}/alerts/routing.yaml"))

  # Generated from alerts/ by `ballast generate`, and committed.
  alerting = {
    alertmanager_config = file("${local.repository}/alerts/alertmanager.yaml")
    rules = {
      for name in fileset("${local.repository}/alerts/rules/k8s", "*.yaml") :
      trimsuffix(name, ".yaml") => file("${local.repository}/alerts/rules/k8s/${name}")
    }
    routing = file("${local.repository}/alerts/routing.yaml")
    page_tiers = {
      for name, tier in local.routing.tiers : name => { severity = tier.severity } if contains(tier.legs, "pagerduty")
    }
  }
}

module "platform" {
  source = "../../../../modules/platform"

  cloud    = "aws"
  cluster  = local.cluster
  alerting = local.alerting

  # Nodes and the API's own addresses are in the network.
  api_server_cidr = local.cluster.network.cidr

  gateway_image    = var.gateway_image
  gateway          = var.gateway
  pagerduty_url    = var.pagerduty_url
  grafana          = var.grafana
  groups           = var.groups
  load             = var.load
  retention_days   = var.retention_days
  high_cardinality = var.high_cardinality
  probes           = var.probes
  other_stores     = var.other_stores
  chaos_targets    = var.chaos_targets
}
