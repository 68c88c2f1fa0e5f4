output "bucket" {
  description = "The bucket of locked audit records, and how it is locked."
  value = {
    name           = google_storage_bucket.audit.name
    lock           = google_storage_bucket.audit.retention_policy[0].is_locked ? "compliance" : "governance"
    retention_days = google_storage_bucket.audit.retention_policy[0].retention_period / 86400
  }
}

output "sources" {
  description = "What is kept: `cloud` (the cloud's own audit log) and each Kubernetes cluster, with the name of what exports it."
  value       = { for name, sink in google_logging_project_sink.audit : name => sink.name }
}
