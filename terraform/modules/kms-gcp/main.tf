# A key for each use, so that one grant never opens two kinds of data. Google's services use a key as their own agent of this
# project; each agent is admitted to the keys of its purpose only.

locals {
  agents = {
    "kubernetes-secrets" = ["container-engine-robot"]
    "disks"              = ["compute-system"]
    "object-storage"     = ["gs-project-accounts"]
    "logs"               = ["gcp-sa-logging"]
    "audit"              = ["gs-project-accounts"]
    "messaging"          = ["gcp-sa-pubsub"]
    "unseal"             = []
  }

  admissions = merge([
    for name, key in var.keys : {
      for agent in local.agents[key.purpose] : "${name}:${agent}" => {
        key    = name
        member = "serviceAccount:service-${var.account.number}@${agent}.iam.gserviceaccount.com"
      }
    }
  ]...)
}

# A key ring can never be deleted.
resource "google_kms_key_ring" "this" {
  project  = var.account.id
  location = var.region
  name     = var.name

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_kms_crypto_key" "this" {
  for_each = var.keys

  key_ring                   = google_kms_key_ring.this.id
  name                       = each.key
  purpose                    = "ENCRYPT_DECRYPT"
  rotation_period            = "${each.value.rotation_days * 86400}s"
  destroy_scheduled_duration = "2592000s"

  # Without its key all data is noise.
  lifecycle {
    prevent_destroy = true
  }
}

resource "google_kms_crypto_key_iam_member" "agent" {
  for_each = local.admissions

  crypto_key_id = google_kms_crypto_key.this[each.value.key].id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value.member
}
