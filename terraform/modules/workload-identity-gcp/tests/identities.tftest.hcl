provider "google" {
  project = "acme-staging"
  region  = "europe-west1"
}

variables {
  name    = "ballast-test"
  account = { id = "acme-staging", number = "333333333333" }
  cluster = {
    name              = "ballast-test"
    oidc_issuer       = "https://container.googleapis.com/v1/projects/acme-staging/locations/europe-west1/clusters/ballast-test"
    identity_provider = "acme-staging.svc.id.goog"
  }
  components = {
    thanos = {
      namespace       = "thanos"
      service_account = "thanos"
      grants = {
        metrics = { kind = "bucket-write", target = "acme-metrics" }
        logs    = { kind = "bucket-read", target = "acme-logs" }
      }
    }
    vault = {
      namespace       = "vault"
      service_account = "vault"
      grants          = { unseal = { kind = "key-use", target = "projects/acme-staging/locations/europe-west1/keyRings/ballast/cryptoKeys/unseal" } }
    }
    alertmanager = {
      namespace       = "prometheus"
      service_account = "alertmanager"
      grants          = { heartbeat = { kind = "topic-publish", target = "projects/acme-staging/topics/heartbeat" } }
    }
    collector = {
      namespace       = "collectors"
      service_account = "collector"
    }
  }
}

run "one_identity_a_component" {
  assert {
    condition = output.service_accounts == { for name, component in var.components : name => {
      namespace   = component.namespace
      name        = component.service_account
      identity    = google_service_account.this[name].email
      annotations = { "iam.gke.io/gcp-service-account" = google_service_account.this[name].email }
    } }
    error_message = "A service account carries another component's identity."
  }

  assert {
    condition = alltrue([for name, member in google_service_account_iam_member.this : (
      member.service_account_id == google_service_account.this[name].name &&
      member.role == "roles/iam.workloadIdentityUser" &&
      member.member == "serviceAccount:acme-staging.svc.id.goog[${var.components[name].namespace}/${var.components[name].service_account}]"
    )]) && length(google_service_account_iam_member.this) == 4
    error_message = "An identity can be taken by others than its one service account."
  }

  assert {
    condition = { for key, member in google_storage_bucket_iam_member.this : key => "${member.bucket} ${member.role}" if member.member == "serviceAccount:${google_service_account.this["thanos"].email}" } == {
      "thanos/metrics/storage.objectUser"         = "acme-metrics roles/storage.objectUser"
      "thanos/metrics/storage.legacyBucketReader" = "acme-metrics roles/storage.legacyBucketReader"
      "thanos/logs/storage.objectViewer"          = "acme-logs roles/storage.objectViewer"
      "thanos/logs/storage.legacyBucketReader"    = "acme-logs roles/storage.legacyBucketReader"
    }
    error_message = "Thanos holds other rights than it was granted."
  }

  assert {
    condition     = length(google_storage_bucket_iam_member.this) == 4
    error_message = "Others than Thanos hold rights on a bucket."
  }

  assert {
    condition     = [for member in google_kms_crypto_key_iam_member.this : "${member.member} ${member.role} ${member.crypto_key_id}"] == [for role in ["cryptoKeyEncrypterDecrypter", "viewer"] : "serviceAccount:${google_service_account.this["vault"].email} roles/cloudkms.${role} ${var.components["vault"].grants["unseal"].target}"]
    error_message = "Vault holds other rights than the use of its key."
  }

  assert {
    condition     = [for member in google_pubsub_topic_iam_member.this : "${member.member} ${member.role} ${member.topic}"] == ["serviceAccount:${google_service_account.this["alertmanager"].email} roles/pubsub.publisher projects/acme-staging/topics/heartbeat"]
    error_message = "Others than Alertmanager may send the heartbeat."
  }
}
