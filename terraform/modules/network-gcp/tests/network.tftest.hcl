provider "google" {
  project = "acme-staging"
  region  = "europe-west1"
}

variables {
  name    = "ballast-test"
  account = { id = "acme-staging", number = "333333333333" }
  region  = "europe-west1"
  zones   = ["europe-west1-b", "europe-west1-c", "europe-west1-d"]
  cidr    = "10.20.0.0/16"
  kms_key = "projects/acme-staging/locations/europe-west1/keyRings/ballast/cryptoKeys/logs"
}

run "a_regional_way_out" {
  assert {
    condition     = output.network.id == google_compute_network.this.id && output.network.subnet_ids == [google_compute_subnetwork.nodes.id] && output.network.cidr == "10.20.0.0/16"
    error_message = "Output network does not describe the VPC and its subnet."
  }

  assert {
    condition = [for range in google_compute_subnetwork.nodes.secondary_ip_range : "${range.range_name} ${range.ip_cidr_range}"] == [
      "${output.network.pods_range} 10.20.128.0/17", "${output.network.services_range} ${output.network.service_cidr}",
    ]
    error_message = "The ranges of pods and services are not the subnet's."
  }

  assert {
    condition     = google_compute_subnetwork.nodes.private_ip_google_access
    error_message = "Google's APIs are not reached privately."
  }

  assert {
    condition     = google_compute_router_nat.this[0].nat_ips == toset([google_compute_address.nat[0].self_link]) && output.egress_addresses == [google_compute_address.nat[0].address]
    error_message = "The egress address is not the gateway's."
  }

  assert {
    condition     = google_logging_project_sink.flow.destination == "logging.googleapis.com/${google_logging_project_bucket_config.flow.id}" && output.flow_log_destination == google_logging_project_bucket_config.flow.bucket_id
    error_message = "Flow logs do not reach their bucket."
  }

  assert {
    condition     = google_logging_project_bucket_config.flow.cmek_settings[0].kms_key_name == var.kms_key
    error_message = "Flow logs are not encrypted with our key."
  }
}

run "shared_is_the_same_here" {
  variables {
    egress                  = "shared"
    flow_log_retention_days = 365
    service_cidr            = "172.21.0.0/20"
  }

  assert {
    condition     = length(google_compute_router_nat.this) == 1 && google_logging_project_bucket_config.flow.retention_days == 365 && output.network.service_cidr == "172.21.0.0/20"
    error_message = "The gateway, the retention or the service range is not the one asked for."
  }
}

run "no_way_out" {
  variables {
    egress = "none"
  }

  assert {
    condition     = length(google_compute_router_nat.this) == 0 && length(google_compute_router.this) == 0 && length(google_compute_address.nat) == 0 && output.egress_addresses == []
    error_message = "There is a way to the internet."
  }
}
