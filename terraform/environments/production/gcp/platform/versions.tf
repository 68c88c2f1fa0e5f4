terraform {
  required_version = ">= 1.11"

  # The bucket comes from backend.hcl; its own key encrypts the state.
  backend "gcs" {
    prefix = "production/gcp/platform"
  }

  required_providers {
    helm = {
      source  = "hashicorp/helm"
      version = ">= 3.1"
    }
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = ">= 2.38, < 4"
    }
  }
}
