provider "google" {
  project = "acme-staging"
  region  = "europe-west1"
}

variables {
  name    = "ballast-test"
  account = { id = "acme-staging", number = "333333333333" }
  network = {
    id             = "projects/acme-staging/global/networks/ballast-test"
    region         = "europe-west1"
    zones          = ["europe-west1-b", "europe-west1-c", "europe-west1-d"]
    cidr           = "10.20.0.0/16"
    subnet_ids     = ["projects/acme-staging/regions/europe-west1/subnetworks/ballast-test-nodes"]
    service_cidr   = "172.20.0.0/20"
    pods_range     = "ballast-test-pods"
    services_range = "ballast-test-services"
  }
  kubernetes = { version = "1.33" }
  kms_keys = {
    secrets = "projects/acme-staging/locations/europe-west1/keyRings/ballast/cryptoKeys/secrets"
    disks   = "projects/acme-staging/locations/europe-west1/keyRings/ballast/cryptoKeys/disks"
    logs    = "projects/acme-staging/locations/europe-west1/keyRings/ballast/cryptoKeys/logs"
  }
  deletion_protection = false # so that the test can clean up; the default is asserted in protection.tftest.hcl
  node_pools = {
    general    = { instance_type = "e2-standard-4" }
    monitoring = { instance_type = "n2-highmem-8", min_nodes = 3, max_nodes = 9, disk_gb = 200, monitoring = true, labels = { disks = "fast" } }
  }
}

run "protected_unless_told_otherwise" {
  command = plan

  variables {
    deletion_protection = true
  }

  assert {
    condition     = google_container_cluster.this.deletion_protection && output.deletion_protection
    error_message = "A cluster is not protected from destruction."
  }
}
