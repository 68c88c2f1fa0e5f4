terraform {
  required_version = ">= 1.11"

  required_providers {
    atlassian-operations = {
      source  = "atlassian/atlassian-operations"
      version = ">= 2.0"
    }
  }
}
