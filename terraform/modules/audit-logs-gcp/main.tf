# Where audit records end up, locked: a bucket in which nothing can be changed or deleted before its retention ends.
# Google Cloud keeps admin activity by itself; reads and writes of data are recorded only where we ask for it.

locals {
  # Where secrets, keys, identities and states are: who read them matters as much as who changed them.
  data_access_services = ["cloudkms.googleapis.com", "container.googleapis.com", "iam.googleapis.com", "storage.googleapis.com"]

  filters = merge(
    { cloud = "logName:\"cloudaudit.googleapis.com\" AND NOT resource.type=\"k8s_cluster\"" },
    var.kubernetes_audit_logs,
  )
}

resource "google_project_iam_audit_config" "this" {
  for_each = toset(local.data_access_services)

  project = var.account.id
  service = each.key

  dynamic "audit_log_config" {
    for_each = toset(["ADMIN_READ", "DATA_READ", "DATA_WRITE"])

    content {
      log_type = audit_log_config.value
    }
  }
}

# A retention policy and object versions exclude one another; a locked object has no second version anyway.
resource "google_storage_bucket" "audit" {
  project                     = var.account.id
  name                        = "${var.name}-audit"
  location                    = var.region
  storage_class               = "STANDARD"
  force_destroy               = false
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  retention_policy {
    retention_period = var.retention_days * 86400
    is_locked        = var.lock == "compliance"
  }

  encryption {
    default_kms_key_name = var.kms_key
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      age = var.retention_days
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_logging_project_sink" "audit" {
  for_each = local.filters

  project                = var.account.id
  name                   = "${var.name}-audit-${each.key}"
  destination            = "storage.googleapis.com/${google_storage_bucket.audit.name}"
  filter                 = each.value
  unique_writer_identity = true
}

# A sink may add objects; it may not read, change or remove any.
resource "google_storage_bucket_iam_member" "sink" {
  for_each = local.filters

  bucket = google_storage_bucket.audit.name
  role   = "roles/storage.objectCreator"
  member = google_logging_project_sink.audit[each.key].writer_identity
}
