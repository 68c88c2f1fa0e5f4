# One bucket and one key a project: encrypted, versioned, private, protected from destruction. Locking is the gcs backend's own:
# an object beside the state, so there is nothing else to make.

module "key" {
  source = "../kms-gcp"

  name    = var.name
  account = var.account
  region  = var.region
  keys    = { state = { purpose = "object-storage" } }
}

module "bucket" {
  source = "../object-storage-gcp"

  name    = var.name
  account = var.account
  region  = var.region
  kms_key = module.key.keys["state"]
  buckets = { state = { restore_days = var.restore_days } }
}
