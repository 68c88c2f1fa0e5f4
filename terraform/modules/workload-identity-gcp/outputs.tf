output "service_accounts" {
  description = "Service accounts by component: where they live, the annotations that they need, and the identity behind them."
  value = {
    for name, component in var.components : name => {
      namespace   = component.namespace
      name        = component.service_account
      identity    = google_service_account.this[name].email
      annotations = { "iam.gke.io/gcp-service-account" = google_service_account.this[name].email }
    }
  }
}
