# One bucket and one key an account: encrypted, versioned, private, protected from destruction. Locking is S3's own
# (`use_lockfile`), so there is no table to keep.

module "key" {
  source = "../kms-aws"

  name    = var.name
  account = var.account
  region  = var.region
  keys    = { state = { purpose = "object-storage" } }
}

module "bucket" {
  source = "../object-storage-aws"

  name    = var.name
  account = var.account
  region  = var.region
  kms_key = module.key.keys["state"]
  buckets = { state = { restore_days = var.restore_days } }
}
