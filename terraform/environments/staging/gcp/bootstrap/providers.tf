provider "google" {
  project        = var.account.id
  region         = var.region
  default_labels = local.tags
}
