# The cluster root of production on Google Cloud: keys, network, Kubernetes, buckets, identities. What a team edits is in terraform.tfvars.

locals {
  environment = "production"

  tags = {
    owner         = var.tags.owner
    environment   = local.environment
    "cost-centre" = var.tags.cost_centre
    "managed-by"  = "terraform"
  }

  # One file for all environments and clouds. The heartbeat's sender differs: Alertmanager speaks SNS, not Pub/Sub.
  components = {
    for name, component in yamldecode(file("${path.module}/../../../components.yaml")) :
    name => merge(component, { heartbeat = try(component.heartbeat, "") == "gcp" })
  }
}

module "foundation" {
  source = "../../../../modules/foundation-gcp"

  environment               = local.environment
  components                = local.components
  tags                      = local.tags
  organization              = var.organization
  account                   = var.account
  region                    = var.region
  zones                     = var.zones
  cidr                      = var.cidr
  egress                    = var.egress
  kubernetes                = var.kubernetes
  node_pools                = var.node_pools
  access                    = var.access
  api_allowed_cidrs         = var.api_allowed_cidrs
  maintenance_window        = var.maintenance_window
  deletion_protection       = var.deletion_protection
  buckets                   = var.buckets
  audit_retention_days      = var.audit_retention_days
  audit_lock                = var.audit_lock
  heartbeat_contacts        = var.heartbeat_contacts
  heartbeat_silence_minutes = var.heartbeat_silence_minutes
  log_retention_days        = var.log_retention_days
}
