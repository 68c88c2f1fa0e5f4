# Node pools: private, shielded, with encrypted disks, and metadata that gives a pod its own identity, never the node's.

locals {
  # The label and taint that tie monitoring pods to their nodes; the same on both clouds.
  monitoring_key = "ballast.dev/monitoring"

  pool_labels = { for name, pool in var.node_pools : name => merge(pool.labels, { (local.monitoring_key) = tostring(pool.monitoring) }) }
  pool_taints = { for name, pool in var.node_pools : name => pool.monitoring ? [{ key = local.monitoring_key, value = "true" }] : [] }
}

resource "google_service_account" "node" {
  project      = var.account.id
  account_id   = "${substr(var.name, 0, 24)}-node"
  display_name = "Nodes of ${var.name}: write their own logs and metrics, nothing else."
}

resource "google_project_iam_member" "node" {
  project = var.account.id
  role    = "roles/container.defaultNodeServiceAccount"
  member  = "serviceAccount:${google_service_account.node.email}"
}

resource "google_container_node_pool" "this" {
  for_each = var.node_pools

  project        = var.account.id
  location       = var.network.region
  cluster        = google_container_cluster.this.name
  name           = each.key
  node_locations = var.network.zones

  # GKE counts the first nodes by zone.
  initial_node_count = ceil(each.value.min_nodes / length(var.network.zones))

  autoscaling {
    total_min_node_count = each.value.min_nodes
    total_max_node_count = each.value.max_nodes
    location_policy      = "BALANCED"
  }

  # Nodes follow the control plane, within the maintenance window.
  management {
    auto_repair  = true
    auto_upgrade = true
  }

  upgrade_settings {
    strategy        = "SURGE"
    max_surge       = 1
    max_unavailable = 0
  }

  node_config {
    machine_type      = each.value.instance_type
    image_type        = "COS_CONTAINERD"
    disk_size_gb      = each.value.disk_gb
    disk_type         = "pd-balanced"
    boot_disk_kms_key = var.kms_keys.disks
    service_account   = google_service_account.node.email
    oauth_scopes      = ["https://www.googleapis.com/auth/cloud-platform"]
    labels            = local.pool_labels[each.key]
    resource_labels   = var.tags
    metadata          = { "disable-legacy-endpoints" = "true" }

    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }

    workload_metadata_config {
      mode = "GKE_METADATA"
    }

    dynamic "taint" {
      for_each = local.pool_taints[each.key]

      content {
        key    = taint.value.key
        value  = taint.value.value
        effect = "NO_SCHEDULE"
      }
    }
  }

  # The autoscaler owns the size from here on.
  lifecycle {
    ignore_changes = [initial_node_count]
  }
}
