provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account.id]

  default_tags {
    tags = local.tags
  }
}
