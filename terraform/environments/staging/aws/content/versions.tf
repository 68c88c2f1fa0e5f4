terraform {
  required_version = ">= 1.11"

  # The bucket and its region come from backend.hcl. No `encrypt`: it would replace the bucket's own key by Amazon's.
  backend "s3" {
    key          = "staging/aws/content.tfstate"
    use_lockfile = true
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
