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

run "a_name_with_capitals_is_refused" {
  command = plan

  variables {
    name = "Ballast Staging"
  }

  expect_failures = [var.name]
}

run "a_wrong_project_is_refused" {
  command = plan

  variables {
    account = { id = "Acme Project!", number = "333333333333" }
  }

  expect_failures = [var.account]
}

run "a_patch_version_is_refused" {
  command = plan

  variables {
    kubernetes = { version = "1.33.4" }
  }

  expect_failures = [var.kubernetes]
}

run "two_minors_at_once_are_refused" {
  command = plan

  variables {
    kubernetes = { version = "1.34", upgraded_from = "1.32" }
  }

  expect_failures = [var.kubernetes]
}

run "a_downgrade_is_refused" {
  command = plan

  variables {
    kubernetes = { version = "1.32", upgraded_from = "1.33" }
  }

  expect_failures = [var.kubernetes]
}

run "nowhere_to_monitor_is_refused" {
  command = plan

  variables {
    node_pools = { general = { instance_type = "x" } }
  }

  expect_failures = [var.node_pools]
}

run "nowhere_but_to_monitor_is_refused" {
  command = plan

  variables {
    node_pools = { monitoring = { instance_type = "x", monitoring = true } }
  }

  expect_failures = [var.node_pools]
}

run "fewer_at_most_than_at_least_is_refused" {
  command = plan

  variables {
    node_pools = { general = { instance_type = "x" }, monitoring = { instance_type = "x", monitoring = true, min_nodes = 5, max_nodes = 3 } }
  }

  expect_failures = [var.node_pools]
}

run "a_small_disk_is_refused" {
  command = plan

  variables {
    node_pools = { general = { instance_type = "x" }, monitoring = { instance_type = "x", monitoring = true, disk_gb = 20 } }
  }

  expect_failures = [var.node_pools]
}

run "a_pool_with_an_odd_name_is_refused" {
  command = plan

  variables {
    node_pools = { general = { instance_type = "x" }, "Monitoring_1" = { instance_type = "x", monitoring = true } }
  }

  expect_failures = [var.node_pools]
}

run "an_unknown_level_is_refused" {
  command = plan

  variables {
    access = { dev = { principal = "x", level = "owner" } }
  }

  expect_failures = [var.access]
}

run "an_api_open_to_everyone_is_refused" {
  command = plan

  variables {
    api_allowed_cidrs = { world = "0.0.0.0/0" }
  }

  expect_failures = [var.api_allowed_cidrs]
}

run "an_unknown_day_is_refused" {
  command = plan

  variables {
    maintenance_window = { day = "Sunday" }
  }

  expect_failures = [var.maintenance_window]
}

run "an_unknown_time_is_refused" {
  command = plan

  variables {
    maintenance_window = { start = "2 am" }
  }

  expect_failures = [var.maintenance_window]
}

run "a_short_window_is_refused" {
  command = plan

  variables {
    maintenance_window = { hours = 2 }
  }

  expect_failures = [var.maintenance_window]
}

run "an_odd_retention_is_refused" {
  command = plan

  variables {
    log_retention_days = 42
  }

  expect_failures = [var.log_retention_days]
}

run "a_cluster_without_pools_is_refused" {
  command = plan

  variables {
    node_pools = {}
  }

  expect_failures = [var.node_pools]
}
