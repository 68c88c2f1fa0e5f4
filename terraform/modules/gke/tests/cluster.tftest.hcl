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

run "a_private_cluster" {
  assert {
    condition = output.node_pools == {
      general    = { min_nodes = 3, max_nodes = 6, labels = tomap({ "ballast.dev/monitoring" = "false" }), taints = [] }
      monitoring = { min_nodes = 3, max_nodes = 9, labels = tomap({ "ballast.dev/monitoring" = "true", disks = "fast" }), taints = [{ key = "ballast.dev/monitoring", value = "true", effect = "NoSchedule" }] }
    }
    error_message = "The pools are not the ones asked for."
  }

  assert {
    condition     = output.monitoring_scheduling.node_selector == { "ballast.dev/monitoring" = "true" } && output.monitoring_scheduling.tolerations == [{ key = "ballast.dev/monitoring", operator = "Equal", value = "true", effect = "NoSchedule" }]
    error_message = "A pod that follows this would not run on the monitoring pool."
  }

  assert {
    condition     = output.cluster_name == "ballast-test" && output.kubernetes_version == "1.33" && output.private_endpoint_only && !output.deletion_protection && output.secrets_encryption_key == var.kms_keys.secrets
    error_message = "The outputs do not describe the cluster."
  }

  assert {
    condition     = output.maintenance_window == { day = "SU", start = "02:00", hours = 6 }
    error_message = "The window is another one than the default."
  }

  assert {
    condition     = output.endpoint == "https://${google_container_cluster.this.private_cluster_config[0].private_endpoint}" && output.ca_certificate == google_container_cluster.this.master_auth[0].cluster_ca_certificate && output.oidc_issuer == "https://container.googleapis.com/v1/projects/acme-staging/locations/europe-west1/clusters/ballast-test"
    error_message = "The outputs name another cluster."
  }

  assert {
    condition     = output.identity_provider == "acme-staging.svc.id.goog"
    error_message = "Workload identity trusts another pool than the project's."
  }

  assert {
    condition     = output.control_plane_logs == { destination = google_logging_project_bucket_config.control_plane.bucket_id, retention_days = 90, audit = true } && google_logging_project_bucket_config.control_plane.cmek_settings[0].kms_key_name == var.kms_keys.logs
    error_message = "The control plane's logs are not kept, or not encrypted with our key."
  }

  assert {
    condition     = google_logging_project_sink.control_plane.destination == "logging.googleapis.com/${google_logging_project_bucket_config.control_plane.id}" && startswith(output.audit_log_source, google_logging_project_sink.control_plane.filter) && strcontains(output.audit_log_source, "cloudaudit.googleapis.com")
    error_message = "The control plane's logs do not reach their bucket."
  }

  assert {
    condition     = google_container_cluster.this.logging_config[0].enable_components == tolist(["SYSTEM_COMPONENTS", "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER"])
    error_message = "A log of the control plane is off."
  }

  assert {
    condition     = google_container_cluster.this.private_cluster_config[0].enable_private_nodes && google_container_cluster.this.master_authorized_networks_config[0].private_endpoint_enforcement_enabled && [for block in google_container_cluster.this.master_authorized_networks_config[0].cidr_blocks : block.cidr_block] == ["10.20.0.0/16"]
    error_message = "Nodes or API are reachable from elsewhere than the network."
  }

  assert {
    condition     = google_container_cluster.this.network == var.network.id && google_container_cluster.this.subnetwork == var.network.subnet_ids[0] && google_container_cluster.this.ip_allocation_policy[0].cluster_secondary_range_name == "ballast-test-pods" && google_container_cluster.this.ip_allocation_policy[0].services_secondary_range_name == "ballast-test-services"
    error_message = "The cluster is in another network."
  }

  assert {
    condition     = output.node_identity == google_service_account.node.email && alltrue([for pool in google_container_node_pool.this : pool.node_config[0].service_account == google_service_account.node.email && pool.node_config[0].workload_metadata_config[0].mode == "GKE_METADATA"])
    error_message = "A node acts as another identity, or lends it to pods."
  }

  assert {
    condition     = google_project_iam_member.node.role == "roles/container.defaultNodeServiceAccount" && google_project_iam_member.node.member == "serviceAccount:${google_service_account.node.email}"
    error_message = "Nodes may do more than write their logs and metrics."
  }

  assert {
    condition     = alltrue([for pool in google_container_node_pool.this : pool.node_config[0].boot_disk_kms_key == var.kms_keys.disks && pool.node_config[0].shielded_instance_config[0].enable_secure_boot && pool.management[0].auto_repair]) && google_container_node_pool.this["monitoring"].node_config[0].disk_size_gb == 200 && google_container_node_pool.this["general"].node_config[0].disk_size_gb == 100
    error_message = "A disk is not encrypted with our key, of another size, or a node boots unchecked."
  }

  assert {
    condition     = length(google_container_node_pool.this["general"].node_config[0].taint) == 0 && google_container_node_pool.this["monitoring"].node_config[0].taint[0].effect == "NO_SCHEDULE"
    error_message = "The wrong pool is tainted."
  }

  assert {
    condition     = google_container_cluster.this.datapath_provider == "ADVANCED_DATAPATH" && google_container_cluster.this.release_channel[0].channel == "EXTENDED"
    error_message = "NetworkPolicies are not enforced, or minor versions upgrade by themselves."
  }

  assert {
    condition     = google_container_cluster.this.maintenance_policy[0].recurring_window[0].start_time == "2024-01-07T02:00:00Z" && google_container_cluster.this.maintenance_policy[0].recurring_window[0].end_time == "2024-01-07T08:00:00Z"
    error_message = "The window is on another day or of another length."
  }

  assert {
    condition     = length(google_project_iam_member.access) == 0
    error_message = "Somebody has access who was not named."
  }
}

run "who_may_reach_it" {
  variables {
    access            = { ci = { principal = "serviceAccount:ci@acme-staging.iam.gserviceaccount.com", level = "admin" }, dev = { principal = "group:dev@example.com" } }
    api_allowed_cidrs = { vpn = "10.8.0.0/16" }
  }

  assert {
    condition = { for name, member in google_project_iam_member.access : name => "${member.member} ${member.role}" } == {
      ci  = "serviceAccount:ci@acme-staging.iam.gserviceaccount.com roles/container.admin"
      dev = "group:dev@example.com roles/container.viewer"
    }
    error_message = "A principal has another level than asked for."
  }

  assert {
    condition     = toset([for block in google_container_cluster.this.master_authorized_networks_config[0].cidr_blocks : "${block.display_name} ${block.cidr_block}"]) == toset(["network 10.20.0.0/16", "vpn 10.8.0.0/16"])
    error_message = "The VPN does not reach the API, or others do."
  }
}

run "an_upgrade_of_one_minor" {
  variables {
    kubernetes         = { version = "1.34", upgraded_from = "1.33" }
    maintenance_window = { day = "WE", start = "22:30", hours = 4 }
    log_retention_days = 365
    tags               = { owner = "team-sre" }
  }

  assert {
    condition     = output.kubernetes_version == "1.34" && alltrue([for pool in google_container_node_pool.this : pool.management[0].auto_upgrade])
    error_message = "The nodes do not follow the control plane."
  }

  assert {
    condition     = output.maintenance_window == { day = "WE", start = "22:30", hours = 4 } && google_container_cluster.this.maintenance_policy[0].recurring_window[0].start_time == "2024-01-03T22:30:00Z" && google_container_cluster.this.maintenance_policy[0].recurring_window[0].end_time == "2024-01-04T02:30:00Z" && google_container_cluster.this.maintenance_policy[0].recurring_window[0].recurrence == "FREQ=WEEKLY;BYDAY=WE"
    error_message = "The window is on another day or of another length."
  }

  assert {
    condition     = output.control_plane_logs.retention_days == 365
    error_message = "Logs are kept for another time than asked for."
  }

  assert {
    condition     = google_container_cluster.this.resource_labels["owner"] == "team-sre" && alltrue([for pool in google_container_node_pool.this : pool.node_config[0].resource_labels["owner"] == "team-sre"])
    error_message = "Nodes and disks do not carry the labels."
  }
}
