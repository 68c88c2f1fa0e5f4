provider "google" {
  project = "acme-staging"
  region  = "europe-west1"
}

variables {
  environment        = "staging"
  organization       = "acme"
  account            = { id = "acme-staging", number = "333333333333" }
  region             = "europe-west1"
  zones              = ["europe-west1-b", "europe-west1-c", "europe-west1-d"]
  cidr               = "10.20.0.0/16"
  kubernetes         = { version = "1.33" }
  heartbeat_contacts = { pagerduty = { kind = "email", address = "ballast@acme.pagerduty.com" } }

  # So that the test can clean up; modules eks and gke assert the default.
  deletion_protection = false

  node_pools = {
    general    = { instance_type = "e2-standard-4" }
    monitoring = { instance_type = "n2-highmem-8", monitoring = true }
  }

  buckets = {
    metrics = {}
    logs    = {}
  }

  components = {
    thanos       = { namespace = "thanos", service_account = "thanos", buckets = { metrics = "write", logs = "read" } }
    vault        = { namespace = "vault", service_account = "vault", unseals = true }
    alertmanager = { namespace = "prometheus", service_account = "alertmanager", heartbeat = true }
    grafana      = { namespace = "grafana", service_account = "grafana" }
  }
}

run "production" {
  command = plan

  variables {
    environment               = "production"
    deletion_protection       = true
    egress                    = "none"
    access                    = { ci = { principal = "serviceAccount:ci@acme-staging.iam.gserviceaccount.com", level = "admin" } }
    api_allowed_cidrs         = { vpn = "10.8.0.0/16" }
    maintenance_window        = { day = "WE" }
    audit_retention_days      = 730
    audit_lock                = "compliance"
    heartbeat_silence_minutes = 10
    log_retention_days        = 180
    tags                      = { owner = "team-sre" }
  }

  assert {
    condition     = output.cluster.name == "ballast-production" && output.cluster.deletion_protection && output.cluster.maintenance_window.day == "WE" && output.egress_addresses == []
    error_message = "A setting does not reach the cluster or the network."
  }

  assert {
    condition     = output.logs.audit == { name = "acme-ballast-production-audit", lock = "compliance", retention_days = 730 } && output.logs.control_plane.retention_days == 180
    error_message = "A retention or lock does not reach its module."
  }

  assert {
    condition     = output.heartbeat.alarm.silence_minutes == 10
    error_message = "The silence does not reach the heartbeat."
  }
}
