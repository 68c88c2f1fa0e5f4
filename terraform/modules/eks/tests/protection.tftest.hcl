provider "aws" {
  region = "eu-west-1"
}

variables {
  name    = "ballast-test"
  account = { id = "123456789012" }
  network = {
    id           = "vpc-1"
    region       = "eu-west-1"
    zones        = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    cidr         = "10.20.0.0/16"
    subnet_ids   = ["subnet-1", "subnet-2", "subnet-3"]
    service_cidr = "172.20.0.0/20"
  }
  kubernetes = { version = "1.33" }
  kms_keys = {
    secrets = "arn:aws:kms:eu-west-1:123456789012:key/secrets"
    disks   = "arn:aws:kms:eu-west-1:123456789012:key/disks"
    logs    = "arn:aws:kms:eu-west-1:123456789012:key/logs"
  }
  deletion_protection = false # so that the test can clean up; the default is asserted in protection.tftest.hcl
  node_pools = {
    general    = { instance_type = "m7i.xlarge" }
    monitoring = { instance_type = "r7g.2xlarge", min_nodes = 3, max_nodes = 9, disk_gb = 200, monitoring = true, labels = { disks = "fast" } }
  }
}

run "protected_unless_told_otherwise" {
  command = plan

  variables {
    deletion_protection = true
  }

  assert {
    condition     = terraform_data.deletion_protection.input.protected == "true" && output.deletion_protection
    error_message = "A cluster is not protected from destruction."
  }
}
