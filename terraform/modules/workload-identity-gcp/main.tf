# One Google service account a component, by the cluster's workload pool: only that Kubernetes service account may act as it,
# and it holds the roles below on the targets it was granted, nothing else, never on the whole project.

locals {
  roles = {
    # Clients ask a bucket for its location first: objectViewer and objectUser alone do not allow that.
    "bucket-read"   = ["roles/storage.objectViewer", "roles/storage.legacyBucketReader"]
    "bucket-write"  = ["roles/storage.objectUser", "roles/storage.legacyBucketReader"]
    "key-use"       = ["roles/cloudkms.cryptoKeyEncrypterDecrypter", "roles/cloudkms.viewer"]
    "topic-publish" = ["roles/pubsub.publisher"]
  }

  bindings = merge(flatten([
    for name, component in var.components : [
      for key, grant in component.grants : {
        for role in local.roles[grant.kind] : "${name}/${key}/${trimprefix(role, "roles/")}" => {
          component = name
          kind      = grant.kind
          target    = grant.target
          role      = role
        }
      }
    ]
  ])...)
}

resource "google_service_account" "this" {
  for_each = var.components

  project      = var.account.id
  account_id   = "${substr(var.name, 0, 13)}-${each.key}"
  display_name = "${each.value.namespace}/${each.value.service_account} of cluster ${var.cluster.name}"
}

resource "google_service_account_iam_member" "this" {
  for_each = var.components

  service_account_id = google_service_account.this[each.key].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${var.cluster.identity_provider}[${each.value.namespace}/${each.value.service_account}]"
}

resource "google_storage_bucket_iam_member" "this" {
  for_each = { for key, binding in local.bindings : key => binding if startswith(binding.kind, "bucket-") }

  bucket = each.value.target
  role   = each.value.role
  member = "serviceAccount:${google_service_account.this[each.value.component].email}"
}

resource "google_kms_crypto_key_iam_member" "this" {
  for_each = { for key, binding in local.bindings : key => binding if binding.kind == "key-use" }

  crypto_key_id = each.value.target
  role          = each.value.role
  member        = "serviceAccount:${google_service_account.this[each.value.component].email}"
}

resource "google_pubsub_topic_iam_member" "this" {
  for_each = { for key, binding in local.bindings : key => binding if binding.kind == "topic-publish" }

  project = var.account.id
  topic   = each.value.target
  role    = each.value.role
  member  = "serviceAccount:${google_service_account.this[each.value.component].email}"
}
