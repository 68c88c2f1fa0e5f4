terraform {
  required_version = ">= 1.11"

  # The bucket comes from backend.hcl; its own key encrypts the state.
  backend "gcs" {
    prefix = "staging/gcp/content"
  }

  required_providers {
    grafana = {
      source  = "grafana/grafana"
      version = ">= 4.0"
    }
    pagerduty = {
      source  = "pagerduty/pagerduty"
      version = ">= 3.30"
    }
    vault = {
      source  = "hashicorp/vault"
      version = ">= 5.6"
    }
  }
}
