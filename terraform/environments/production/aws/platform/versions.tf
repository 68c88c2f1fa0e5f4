terraform {
  required_version = ">= 1.11"

  # The bucket and its region come from backend.hcl. No `encrypt`: it would replace the bucket's own key by Amazon's.
  backend "s3" {
    key          = "production/aws/platform.tfstate"
    use_lockfile = true
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
