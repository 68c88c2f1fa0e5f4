# What a team edits. Every variable is explained in variables.tf.

organization = "acme"
account      = { id = "111111111111" }
region       = "eu-west-1"
zones        = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
cidr         = "10.20.0.0/16"
egress       = "shared"

tags = {
  owner       = "team-sre"
  cost_centre = "observability"
}

# To upgrade: upgraded_from takes the old version, version the next one. One minor at a time.
kubernetes = { version = "1.33" }

deletion_protection = false
maintenance_window  = { day = "WE", start = "02:00", hours = 6 }

node_pools = {
  general = {
    instance_type = "m7g.xlarge"
    min_nodes     = 3
    max_nodes     = 6
  }
  monitoring = {
    instance_type = "r7g.2xlarge"
    min_nodes     = 3
    max_nodes     = 6
    disk_gb       = 200
    monitoring    = true
  }
}

# Who may use the Kubernetes API; finer rights are Kubernetes RBAC's.
access = {
  ci-apply = { principal = "arn:aws:iam::111111111111:role/ballast-ci/ballast-staging-ci-apply", level = "admin" }
  ci-plan  = { principal = "arn:aws:iam::111111111111:role/ballast-ci/ballast-staging-ci-plan" }
  sre      = { principal = "arn:aws:iam::111111111111:role/sre" }
}

# The private endpoint answers the network itself and these.
api_allowed_cidrs = {
  vpn     = "10.8.0.0/16"
  runners = "10.9.0.0/24"
}

buckets = {
  metrics = { cold_days = 60 }
  logs    = { restore_days = 7 }
  traces  = { restore_days = 7 }
  backups = { restore_days = 30, expire_days = 35 }
}

log_retention_days   = 60
audit_retention_days = 90
audit_lock           = "governance"

# When the heartbeat stops: the on-call tool's email integration (no key in the state), and a phone as the second way.
heartbeat_contacts = {
  pagerduty = { kind = "email", address = "ballast-staging@acme.pagerduty.com" }
  oncall    = { kind = "sms", address = "+15005550006" }
}
heartbeat_silence_minutes = 10
