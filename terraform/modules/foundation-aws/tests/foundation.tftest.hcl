provider "aws" {
  region = "eu-west-1"
}

variables {
  environment        = "staging"
  organization       = "acme"
  account            = { id = "123456789012" }
  region             = "eu-west-1"
  zones              = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
  cidr               = "10.20.0.0/16"
  kubernetes         = { version = "1.33" }
  heartbeat_contacts = { pagerduty = { kind = "email", address = "ballast@acme.pagerduty.com" } }

  # So that the test can clean up; modules eks and gke assert the default.
  deletion_protection = false

  node_pools = {
    general    = { instance_type = "m7i.xlarge" }
    monitoring = { instance_type = "r7g.2xlarge", monitoring = true }
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

run "everything_wired" {
  assert {
    condition     = local.iam == { path = "/ballast/staging/", permissions_boundary = "arn:aws:iam::123456789012:policy/ballast/staging/boundary" }
    error_message = "Roles would be made outside the boundary of module ci-identity-aws."
  }

  assert {
    condition = { for name, grants in local.grants : name => { for key, grant in grants : key => "${grant.kind} ${grant.target}" } } == {
      thanos = {
        bucket-metrics = "bucket-write ${output.buckets["metrics"].id}"
        bucket-logs    = "bucket-read ${output.buckets["logs"].id}"
        storage-key    = "key-use ${output.keys["storage"]}"
      }
      vault = { unseal-key = "key-use ${output.keys["unseal"]}" }
      alertmanager = {
        heartbeat     = "topic-publish ${output.heartbeat.destination}"
        heartbeat-key = "key-use ${output.keys["messaging"]}"
      }
      grafana = {}
    }
    error_message = "A component is granted other than what its flags say."
  }

  assert {
    condition = output.cluster == {
      name                  = "ballast-staging"
      endpoint              = module.cluster.endpoint
      ca_certificate        = module.cluster.ca_certificate
      oidc_issuer           = module.cluster.oidc_issuer
      identity_provider     = module.cluster.identity_provider
      region                = var.region
      kubernetes_version    = "1.33"
      private_endpoint_only = true
      deletion_protection   = false
      maintenance_window    = { day = "SU", start = "02:00", hours = 6 }
    }
    error_message = "Output cluster does not describe the cluster."
  }

  assert {
    condition     = toset(keys(output.node_pools)) == toset(["general", "monitoring"]) && output.monitoring_scheduling == module.cluster.monitoring_scheduling
    error_message = "The pools, or how to reach them, are not the cluster's."
  }

  assert {
    condition     = output.network == module.network.network && output.network.zones == tolist(var.zones) && output.egress_addresses == module.network.egress_addresses
    error_message = "Output network is not the network's."
  }

  assert {
    condition     = { for name, bucket in output.buckets : name => bucket.name } == { metrics = "acme-ballast-staging-metrics", logs = "acme-ballast-staging-logs" }
    error_message = "The buckets are not the ones asked for."
  }

  assert {
    condition     = output.service_accounts == module.identities.service_accounts && toset(keys(output.service_accounts)) == toset(["thanos", "vault", "alertmanager", "grafana"])
    error_message = "A component has no identity."
  }

  assert {
    condition     = toset(keys(output.keys)) == toset(["secrets", "disks", "storage", "logs", "audit", "messaging", "unseal"]) && length(distinct(values(output.keys))) == 7
    error_message = "Two uses share a key."
  }

  assert {
    condition     = output.identities == { nodes = module.cluster.node_identity, secrets_encryption_key = output.keys["secrets"] }
    error_message = "Kubernetes secrets are encrypted with another key."
  }

  assert {
    condition     = output.heartbeat == { destination = module.heartbeat.destination, alarm = module.heartbeat.alarm } && output.heartbeat.alarm.silence_minutes == 5
    error_message = "Output heartbeat does not describe the heartbeat."
  }

  assert {
    condition     = output.logs.control_plane == module.cluster.control_plane_logs && output.logs.flow == module.network.flow_log_destination && output.logs.audit == { name = "acme-ballast-staging-audit", lock = "governance", retention_days = 365 } && toset(keys(output.logs.audit_sources)) == toset(["cloud", "ballast-staging"])
    error_message = "A log is missing, or elsewhere."
  }
}
