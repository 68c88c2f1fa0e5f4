# The bootstrap root of production on Google Cloud: where state lives and who in CI may change what. Applied once, by hand, by an
# administrator (docs/terraform.md); CI cannot raise its own rights, because it has none here.

locals {
  environment = "production"

  tags = {
    owner         = var.tags.owner
    environment   = local.environment
    "cost-centre" = var.tags.cost_centre
    "managed-by"  = "terraform"
  }

  name    = "ballast-${local.environment}"
  storage = "${var.organization}-${local.name}"
}

module "state_backend" {
  source = "../../../../modules/state-backend-gcp"

  name    = local.storage
  account = var.account
  region  = var.region
}

module "ci_identity" {
  source = "../../../../modules/ci-identity-gcp"

  name        = local.name
  environment = local.environment
  account     = var.account
  github      = var.github

  state = {
    bucket = module.state_backend.bucket
    key_id = module.state_backend.key_id
  }
}
