# The control plane: regional, private, its secrets encrypted with our key, all of its logs kept.

locals {
  log_filter = join(" AND ", [
    "resource.labels.cluster_name=\"${var.name}\"",
    "resource.type=(\"k8s_cluster\" OR \"k8s_control_plane_component\")",
  ])
  audit_filter = "${local.log_filter} AND logName:\"cloudaudit.googleapis.com\""

  access_roles = { admin = "roles/container.admin", view = "roles/container.viewer" }

  # A weekly window is written as its first occurrence: 2024-01-01 was a Monday.
  first_day    = index(["MO", "TU", "WE", "TH", "FR", "SA", "SU"], var.maintenance_window.day) + 1
  window_start = "2024-01-0${local.first_day}T${var.maintenance_window.start}:00Z"
}

resource "google_logging_project_bucket_config" "control_plane" {
  project        = var.account.id
  location       = var.network.region
  bucket_id      = "${var.name}-control-plane"
  retention_days = var.log_retention_days

  cmek_settings {
    kms_key_name = var.kms_keys.logs
  }
}

resource "google_logging_project_sink" "control_plane" {
  project                = var.account.id
  name                   = "${var.name}-control-plane"
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.control_plane.id}"
  filter                 = local.log_filter
  unique_writer_identity = true
}

resource "google_container_cluster" "this" {
  project        = var.account.id
  name           = var.name
  location       = var.network.region
  node_locations = var.network.zones

  network         = var.network.id
  subnetwork      = var.network.subnet_ids[0]
  networking_mode = "VPC_NATIVE"

  min_master_version          = var.kubernetes.version
  deletion_protection         = var.deletion_protection
  datapath_provider           = "ADVANCED_DATAPATH" # Dataplane V2: NetworkPolicies are enforced
  enable_intranode_visibility = true
  enable_shielded_nodes       = true
  resource_labels             = var.tags

  # Pools are resources of their own; the one that GKE insists on is removed at once.
  initial_node_count       = 1
  remove_default_node_pool = true

  node_config {
    service_account = google_service_account.node.email
  }

  # Stays on its minor version until we move it, with patches in the maintenance window, and costs nothing extra until
  # standard support ends. The other channels upgrade minor versions by themselves.
  release_channel {
    channel = "EXTENDED"
  }

  ip_allocation_policy {
    cluster_secondary_range_name  = var.network.pods_range
    services_secondary_range_name = var.network.services_range
  }

  private_cluster_config {
    enable_private_nodes    = true
    enable_private_endpoint = true

    master_global_access_config {
      enabled = false
    }
  }

  master_authorized_networks_config {
    private_endpoint_enforcement_enabled = true
    gcp_public_cidrs_access_enabled      = false

    cidr_blocks {
      display_name = "network"
      cidr_block   = var.network.cidr
    }

    dynamic "cidr_blocks" {
      for_each = var.api_allowed_cidrs

      content {
        display_name = cidr_blocks.key
        cidr_block   = cidr_blocks.value
      }
    }
  }

  master_auth {
    client_certificate_config {
      issue_client_certificate = false
    }
  }

  database_encryption {
    state    = "ENCRYPTED"
    key_name = var.kms_keys.secrets
  }

  workload_identity_config {
    workload_pool = "${var.account.id}.svc.id.goog"
  }

  logging_config {
    enable_components = ["SYSTEM_COMPONENTS", "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER"]
  }

  # Our own stack monitors; Google's collector would bill the same samples again.
  monitoring_config {
    enable_components = ["SYSTEM_COMPONENTS"]

    managed_prometheus {
      enabled = false
    }
  }

  maintenance_policy {
    recurring_window {
      start_time = local.window_start
      end_time   = timeadd(local.window_start, "${var.maintenance_window.hours}h")
      recurrence = "FREQ=WEEKLY;BYDAY=${var.maintenance_window.day}"
    }
  }

  security_posture_config {
    mode               = "BASIC"
    vulnerability_mode = "VULNERABILITY_DISABLED"
  }

  # Describes the pool that was removed.
  lifecycle {
    ignore_changes = [node_config]
  }

  depends_on = [google_project_iam_member.node]
}

resource "google_project_iam_member" "access" {
  for_each = var.access

  project = var.account.id
  member  = each.value.principal
  role    = local.access_roles[each.value.level]
}
