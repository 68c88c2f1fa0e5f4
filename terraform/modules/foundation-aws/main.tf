# Everything under a monitoring cluster, wired: keys, network, cluster, buckets, identities of its components, locked audit logs
# and the alarm on its silence. The four `cluster` roots call this and nothing else.

locals {
  name    = "ballast-${var.environment}"
  storage = "${var.organization}-${local.name}"

  # Made by module ci-identity-aws in the bootstrap root; its name is fixed, so that no state has to be read.
  iam = {
    path                 = "/ballast/${var.environment}/"
    permissions_boundary = "arn:aws:iam::${var.account.id}:policy/ballast/${var.environment}/boundary"
  }
}

module "keys" {
  source = "../kms-aws"

  name    = local.name
  account = var.account
  region  = var.region

  keys = {
    secrets   = { purpose = "kubernetes-secrets" }
    disks     = { purpose = "disks" }
    storage   = { purpose = "object-storage" }
    logs      = { purpose = "logs" }
    audit     = { purpose = "audit" }
    messaging = { purpose = "messaging" }
    unseal    = { purpose = "unseal" }
  }
}

module "network" {
  source = "../network-aws"

  name                    = local.name
  account                 = var.account
  region                  = var.region
  zones                   = var.zones
  cidr                    = var.cidr
  egress                  = var.egress
  flow_log_retention_days = var.log_retention_days
  kms_key                 = module.keys.keys["logs"]
  iam                     = local.iam
}

module "cluster" {
  source = "../eks"

  name                = local.name
  account             = var.account
  network             = module.network.network
  kubernetes          = var.kubernetes
  node_pools          = var.node_pools
  access              = var.access
  api_allowed_cidrs   = var.api_allowed_cidrs
  maintenance_window  = var.maintenance_window
  log_retention_days  = var.log_retention_days
  deletion_protection = var.deletion_protection
  tags                = var.tags
  iam                 = local.iam

  kms_keys = {
    secrets = module.keys.keys["secrets"]
    disks   = module.keys.keys["disks"]
    logs    = module.keys.keys["logs"]
  }
}

module "storage" {
  source = "../object-storage-aws"

  name    = local.storage
  account = var.account
  region  = var.region
  buckets = var.buckets
  kms_key = module.keys.keys["storage"]
}

module "heartbeat" {
  source = "../heartbeat-aws"

  name            = local.name
  account         = var.account
  region          = var.region
  contacts        = var.heartbeat_contacts
  silence_minutes = var.heartbeat_silence_minutes
  kms_key         = module.keys.keys["messaging"]
}

module "audit_logs" {
  source = "../audit-logs-aws"

  name                  = local.storage
  account               = var.account
  region                = var.region
  retention_days        = var.audit_retention_days
  lock                  = var.audit_lock
  kubernetes_audit_logs = { (local.name) = module.cluster.audit_log_source }
  kms_key               = module.keys.keys["audit"]
  iam                   = local.iam
}

module "identities" {
  source = "../workload-identity-aws"

  name = local.name

  cluster = {
    name              = module.cluster.cluster_name
    oidc_issuer       = module.cluster.oidc_issuer
    identity_provider = module.cluster.identity_provider
  }

  components = {
    for name, component in var.components : name => {
      namespace       = component.namespace
      service_account = component.service_account
      grants          = local.grants[name]
    }
  }
  iam = local.iam
}
