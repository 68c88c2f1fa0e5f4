provider "google" {
  project = "acme-staging"
  region  = "europe-west1"
}

variables {
  name    = "ballast-test"
  account = { id = "acme-staging", number = "333333333333" }
  region  = "europe-west1"
  keys = {
    secrets   = { purpose = "kubernetes-secrets" }
    disks     = { purpose = "disks" }
    storage   = { purpose = "object-storage" }
    logs      = { purpose = "logs" }
    audit     = { purpose = "audit", rotation_days = 180 }
    messaging = { purpose = "messaging" }
    unseal    = { purpose = "unseal" }
  }
}

run "a_key_a_use" {
  assert {
    condition     = output.keys == { for name, key in google_kms_crypto_key.this : name => key.id } && length(output.keys) == 7
    error_message = "The keys handed out are not the keys made."
  }

  assert {
    condition     = alltrue([for key in google_kms_crypto_key.this : key.key_ring == google_kms_key_ring.this.id && key.destroy_scheduled_duration == "2592000s"])
    error_message = "A key is outside the ring, or can be gone in less than 30 days."
  }

  assert {
    condition     = google_kms_crypto_key.this["secrets"].rotation_period == "31536000s" && google_kms_crypto_key.this["audit"].rotation_period == "15552000s"
    error_message = "A key rotates at another pace than asked for."
  }

  assert {
    condition = { for name, member in google_kms_crypto_key_iam_member.agent : name => member.member } == {
      "secrets:container-engine-robot" = "serviceAccount:service-333333333333@container-engine-robot.iam.gserviceaccount.com"
      "disks:compute-system"           = "serviceAccount:service-333333333333@compute-system.iam.gserviceaccount.com"
      "storage:gs-project-accounts"    = "serviceAccount:service-333333333333@gs-project-accounts.iam.gserviceaccount.com"
      "logs:gcp-sa-logging"            = "serviceAccount:service-333333333333@gcp-sa-logging.iam.gserviceaccount.com"
      "audit:gs-project-accounts"      = "serviceAccount:service-333333333333@gs-project-accounts.iam.gserviceaccount.com"
      "messaging:gcp-sa-pubsub"        = "serviceAccount:service-333333333333@gcp-sa-pubsub.iam.gserviceaccount.com"
    }
    error_message = "A key admits other services than its purpose asks for."
  }

  assert {
    condition     = alltrue([for name, member in google_kms_crypto_key_iam_member.agent : member.crypto_key_id == google_kms_crypto_key.this[split(":", name)[0]].id && member.role == "roles/cloudkms.cryptoKeyEncrypterDecrypter"])
    error_message = "An admission is on another key."
  }
}
