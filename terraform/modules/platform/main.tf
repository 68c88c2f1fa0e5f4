# Everything that runs on a monitoring cluster, wired: what a platform root calls. A component knows its neighbours only by the
# endpoints that are passed here.

locals {
  cluster_name = var.cluster.cluster.name
  zones        = var.cluster.network.zones
  scheduling   = var.cluster.monitoring_scheduling
  accounts     = var.cluster.service_accounts

  page_path = module.namespaces.priority_classes.page_path
  platform  = module.namespaces.priority_classes.platform
  tls       = module.certificates.tls

  # Prometheus and Thanos call each other, and one of them has to be first: Prometheus, whose operator brings the kinds that the others
  # use. So what Prometheus calls stands here; a test compares it with what the modules put out.
  written_to = {
    thanos          = { host = "thanos-receive.thanos.svc", port = 19291, server_name = local.tls["thanos"].server_name }
    victoriametrics = { host = "vminsert.victoriametrics.svc", port = 8443, server_name = local.tls["victoriametrics"].server_name }
  }

  identities = {
    for name, account in local.accounts : name => { service_account = account.name, annotations = account.annotations }
  }

  # Where the heartbeat goes: on AWS to the cloud itself, on Google Cloud through the collector.
  heartbeats = {
    aws = { kind = "sns", destination = var.cluster.heartbeat.destination, region = var.cluster.cluster.region, server_name = "" }
    gcp = {
      kind        = "webhook"
      destination = "https://collector-heartbeat.collectors.svc:8088/heartbeat"
      region      = ""
      server_name = local.tls["collector"].server_name
    }
  }
}

# Disks of the platform: encrypted with our key, made in the pod's zone, kept when a claim goes. The default, so that no chart can
# forget it.
resource "kubernetes_storage_class_v1" "encrypted" {
  metadata {
    name        = "encrypted"
    annotations = { "storageclass.kubernetes.io/is-default-class" = "true" }
  }

  storage_provisioner    = local.disks[var.cloud].provisioner
  parameters             = local.disks[var.cloud].parameters
  reclaim_policy         = "Retain"
  volume_binding_mode    = "WaitForFirstConsumer"
  allow_volume_expansion = true
}

locals {
  disks = {
    aws = { provisioner = "ebs.csi.aws.com", parameters = { type = "gp3", encrypted = "true", kmsKeyId = var.cluster.keys["disks"] } }
    gcp = { provisioner = "pd.csi.storage.gke.io", parameters = { type = "pd-ssd", "disk-encryption-kms-key" = var.cluster.keys["disks"] } }
  }
}

module "certificates" {
  source = "../certificates"

  namespace      = module.namespaces.namespaces["cert-manager"]
  certificates   = local.certificates
  scheduling     = local.scheduling
  zones          = local.zones
  priority_class = local.platform
  sizing         = local.sizing.certificates
}

module "kubernetes_rbac" {
  source = "../kubernetes-rbac"

  groups      = var.groups
  namespaces  = setsubtract(keys(module.namespaces.namespaces), local.guarded)
  break_glass = { namespace = module.namespaces.namespaces["break-glass"] }
}

module "chaos" {
  source = "../chaos"
  count  = length(var.chaos_targets) > 0 ? 1 : 0

  namespace      = module.namespaces.namespaces["chaos"]
  targets        = var.chaos_targets
  groups         = var.groups.on_call
  scheduling     = local.scheduling
  priority_class = local.platform
}
