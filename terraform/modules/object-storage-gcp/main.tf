# Buckets are protected, objects are not: Thanos' compactor and Loki's retention must be able to delete. A deleted or
# overwritten object stays restorable for `restore_days`, and the bucket itself cannot be destroyed.

resource "google_storage_bucket" "this" {
  for_each = var.buckets

  project                     = var.account.id
  name                        = "${var.name}-${each.key}"
  location                    = var.region
  storage_class               = "STANDARD"
  force_destroy               = false
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  # Versioning already keeps what was deleted; keeping it twice would only cost.
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  encryption {
    default_kms_key_name = var.kms_key
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      days_since_noncurrent_time = each.value.restore_days
      with_state                 = "ARCHIVED"
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }

    condition {
      age = 7
    }
  }

  dynamic "lifecycle_rule" {
    for_each = each.value.cold_days == null ? [] : [each.value.cold_days]

    content {
      action {
        type          = "SetStorageClass"
        storage_class = "NEARLINE"
      }

      condition {
        age        = lifecycle_rule.value
        with_state = "LIVE"
      }
    }
  }

  dynamic "lifecycle_rule" {
    for_each = each.value.expire_days == null ? [] : [each.value.expire_days]

    content {
      action {
        type = "Delete"
      }

      condition {
        age        = lifecycle_rule.value
        with_state = "LIVE"
      }
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}
