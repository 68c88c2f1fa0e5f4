# One regional subnet for all zones, with secondary ranges for pods and services. There is no public subnet: nodes have no
# external address, and Google's APIs are reached over private Google access.

locals {
  pods_range     = "${var.name}-pods"
  services_range = "${var.name}-services"
}

resource "google_compute_network" "this" {
  project                         = var.account.id
  name                            = var.name
  auto_create_subnetworks         = false
  routing_mode                    = "REGIONAL"
  delete_default_routes_on_create = false
}

resource "google_compute_subnetwork" "nodes" {
  project                  = var.account.id
  region                   = var.region
  name                     = "${var.name}-nodes"
  network                  = google_compute_network.this.id
  ip_cidr_range            = cidrsubnet(var.cidr, 2, 0)
  private_ip_google_access = true

  secondary_ip_range {
    range_name    = local.pods_range
    ip_cidr_range = cidrsubnet(var.cidr, 1, 1)
  }

  secondary_ip_range {
    range_name    = local.services_range
    ip_cidr_range = var.service_cidr
  }

  log_config {
    aggregation_interval = "INTERVAL_1_MIN"
    flow_sampling        = 1.0
    metadata             = "INCLUDE_ALL_METADATA"
  }
}

# Cloud NAT is regional and has no zone to lose: `per-zone` and `shared` are the same here (see terraform/parity.yaml).
resource "google_compute_router" "this" {
  count = var.egress == "none" ? 0 : 1

  project = var.account.id
  region  = var.region
  name    = var.name
  network = google_compute_network.this.id
}

resource "google_compute_address" "nat" {
  count = var.egress == "none" ? 0 : 1

  project = var.account.id
  region  = var.region
  name    = "${var.name}-nat"
}

resource "google_compute_router_nat" "this" {
  count = var.egress == "none" ? 0 : 1

  project                             = var.account.id
  region                              = var.region
  name                                = var.name
  router                              = google_compute_router.this[0].name
  nat_ip_allocate_option              = "MANUAL_ONLY"
  nat_ips                             = [google_compute_address.nat[0].self_link]
  source_subnetwork_ip_ranges_to_nat  = "LIST_OF_SUBNETWORKS"
  enable_dynamic_port_allocation      = true
  enable_endpoint_independent_mapping = false
  min_ports_per_vm                    = 64

  subnetwork {
    name                    = google_compute_subnetwork.nodes.id
    source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
  }

  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}

# Flow logs leave the default bucket for one with its own retention and key.
resource "google_logging_project_bucket_config" "flow" {
  project        = var.account.id
  location       = var.region
  bucket_id      = "${var.name}-flow-logs"
  retention_days = var.flow_log_retention_days

  cmek_settings {
    kms_key_name = var.kms_key
  }
}

resource "google_logging_project_sink" "flow" {
  project                = var.account.id
  name                   = "${var.name}-flow-logs"
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.flow.id}"
  unique_writer_identity = true

  filter = join(" AND ", [
    "resource.type=\"gce_subnetwork\"",
    "resource.labels.subnetwork_name=\"${google_compute_subnetwork.nodes.name}\"",
    "log_id(\"compute.googleapis.com/vpc_flows\")",
  ])
}
