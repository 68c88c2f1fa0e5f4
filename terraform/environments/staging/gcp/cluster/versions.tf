terraform {
  required_version = ">= 1.11"

  # The bucket comes from backend.hcl; its own key encrypts the state.
  backend "gcs" {
    prefix = "staging/gcp/cluster"
  }

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.50, < 8"
    }
  }
}
