provider "google" {
  project = "acme-staging"
  region  = "europe-west1"
}

variables {
  name                  = "acme-ballast-test"
  account               = { id = "acme-staging", number = "333333333333" }
  region                = "europe-west1"
  kms_key               = "projects/acme-staging/locations/europe-west1/keyRings/ballast/cryptoKeys/audit"
  kubernetes_audit_logs = { ballast-test = "resource.labels.cluster_name=\"ballast-test\"" }
}

run "locked_for_a_year" {
  assert {
    condition     = output.bucket == { name = google_storage_bucket.audit.name, lock = "governance", retention_days = 365 } && google_storage_bucket.audit.retention_policy[0].retention_period == 31536000
    error_message = "The bucket is not locked as the output says."
  }

  assert {
    condition     = output.sources == { cloud = google_logging_project_sink.audit["cloud"].name, ballast-test = google_logging_project_sink.audit["ballast-test"].name }
    error_message = "The sources kept are not the ones asked for."
  }

  assert {
    condition     = alltrue([for sink in google_logging_project_sink.audit : sink.destination == "storage.googleapis.com/${google_storage_bucket.audit.name}" && sink.unique_writer_identity]) && google_logging_project_sink.audit["ballast-test"].filter == var.kubernetes_audit_logs["ballast-test"]
    error_message = "A source does not reach the locked bucket."
  }

  assert {
    condition     = { for name, member in google_storage_bucket_iam_member.sink : name => "${member.bucket} ${member.role} ${member.member}" } == { for name, sink in google_logging_project_sink.audit : name => "${google_storage_bucket.audit.name} roles/storage.objectCreator ${sink.writer_identity}" }
    error_message = "What exports audit records may do more than add them."
  }

  assert {
    condition     = google_storage_bucket.audit.public_access_prevention == "enforced" && google_storage_bucket.audit.uniform_bucket_level_access && google_storage_bucket.audit.encryption[0].default_kms_key_name == var.kms_key
    error_message = "The bucket can be made public, or has another key."
  }

  assert {
    condition     = alltrue([for config in google_project_iam_audit_config.this : toset([for log in config.audit_log_config : log.log_type]) == toset(["ADMIN_READ", "DATA_READ", "DATA_WRITE"])]) && contains(keys(google_project_iam_audit_config.this), "cloudkms.googleapis.com")
    error_message = "Who reads keys or data is not recorded."
  }

  assert {
    condition     = one(google_storage_bucket.audit.lifecycle_rule[0].condition).age == 365
    error_message = "Records never end."
  }
}

run "locked_against_everybody" {
  command = plan

  variables {
    lock           = "compliance"
    retention_days = 730
  }

  assert {
    condition     = output.bucket == { name = "acme-ballast-test-audit", lock = "compliance", retention_days = 730 } && google_storage_bucket.audit.retention_policy[0].is_locked
    error_message = "The lock is weaker or shorter than asked for."
  }
}

run "the_cloud_alone" {
  command = plan

  variables {
    kubernetes_audit_logs = {}
  }

  assert {
    condition     = keys(output.sources) == ["cloud"]
    error_message = "A cluster is exported though none was named."
  }
}
