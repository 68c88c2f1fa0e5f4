terraform {
  required_version = ">= 1.11"

  # The bucket and its region come from backend.hcl. No `encrypt`: it would replace the bucket's own key by Amazon's.
  backend "s3" {
    key          = "production/aws/bootstrap.tfstate"
    use_lockfile = true
  }

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.90, < 7"
    }
  }
}
