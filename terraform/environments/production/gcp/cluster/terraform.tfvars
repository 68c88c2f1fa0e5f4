# What a team edits. Every variable is explained in variables.tf.

organization = "acme"
account      = { id = "acme-ballast-production", number = "444444444444" }
region       = "europe-west1"
zones        = ["europe-west1-b", "europe-west1-c", "europe-west1-d"]
cidr         = "10.50.0.0/16"
egress       = "per-zone"

tags = {
  owner       = "team-sre"
  cost_centre = "observability"
}

# To upgrade: upgraded_from takes the old version, version the next one. One minor at a time.
kubernetes = { version = "1.33" }

deletion_protection = true
maintenance_window  = { day = "SU", start = "02:00", hours = 6 }

node_pools = {
  general = {
    instance_type = "e2-standard-4"
    min_nodes     = 3
    max_nodes     = 9
  }
  monitoring = {
    instance_type = "n2-highmem-8"
    min_nodes     = 3
    max_nodes     = 12
    disk_gb       = 200
    monitoring    = true
  }
}

# Who may use the Kubernetes API; finer rights are Kubernetes RBAC's.
access = {
  ci-apply = { principal = "serviceAccount:ballast-production-ci-apply@acme-ballast-production.iam.gserviceaccount.com", level = "admin" }
  ci-plan  = { principal = "serviceAccount:ballast-production-ci-plan@acme-ballast-production.iam.gserviceaccount.com" }
  sre      = { principal = "group:sre@example.com" }
}

# The private endpoint answers the network itself and these.
api_allowed_cidrs = {
  vpn     = "10.8.0.0/16"
  runners = "10.9.0.0/24"
}

buckets = {
  metrics = { cold_days = 90 }
  logs    = { restore_days = 7 }
  traces  = { restore_days = 7 }
  backups = { restore_days = 30, expire_days = 90 }
}

log_retention_days   = 180
audit_retention_days = 730
audit_lock           = "compliance"

# When the heartbeat stops: the on-call tool's email integration (no key in the state), and a phone as the second way.
heartbeat_contacts = {
  pagerduty = { kind = "email", address = "ballast-production@acme.pagerduty.com" }
  oncall    = { kind = "sms", address = "+15005550006" }
}
heartbeat_silence_minutes = 5
