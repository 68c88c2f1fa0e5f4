# What Terraform calls for the resource types of our modules, permission by permission.

locals {
  permissions = {
    read = [
      "cloudkms.cryptoKeys.get", "cloudkms.cryptoKeys.getIamPolicy", "cloudkms.keyRings.get",
      "compute.addresses.get", "compute.globalOperations.get", "compute.instanceGroupManagers.get", "compute.networks.get",
      "compute.regionOperations.get", "compute.regions.get", "compute.routers.get", "compute.subnetworks.get", "compute.zones.list",
      "container.clusters.get", "container.clusters.list", "container.operations.get", "container.operations.list",
      "iam.serviceAccounts.get", "iam.serviceAccounts.getIamPolicy",
      "logging.buckets.get", "logging.sinks.get",
      "monitoring.alertPolicies.get", "monitoring.notificationChannels.get",
      "pubsub.topics.get", "pubsub.topics.getIamPolicy",
      "resourcemanager.projects.get", "resourcemanager.projects.getIamPolicy",
      "storage.buckets.get", "storage.buckets.getIamPolicy",
    ]

    # No buckets.delete, no key destruction: who removes data does so by hand, with two people.
    write = [
      "cloudkms.cryptoKeys.create", "cloudkms.cryptoKeys.setIamPolicy", "cloudkms.cryptoKeys.update", "cloudkms.keyRings.create",
      "compute.addresses.create", "compute.addresses.delete", "compute.addresses.setLabels", "compute.addresses.use",
      "compute.networks.create", "compute.networks.delete", "compute.networks.update", "compute.networks.updatePolicy",
      "compute.networks.use", "compute.routers.create", "compute.routers.delete", "compute.routers.update",
      "compute.subnetworks.create", "compute.subnetworks.delete", "compute.subnetworks.setPrivateIpGoogleAccess",
      "compute.subnetworks.update", "compute.subnetworks.use",
      "container.clusters.create", "container.clusters.delete", "container.clusters.update",
      "iam.serviceAccounts.actAs", "iam.serviceAccounts.create", "iam.serviceAccounts.delete", "iam.serviceAccounts.setIamPolicy",
      "iam.serviceAccounts.update",
      "logging.buckets.create", "logging.buckets.update", "logging.sinks.create", "logging.sinks.delete", "logging.sinks.update",
      "monitoring.alertPolicies.create", "monitoring.alertPolicies.delete", "monitoring.alertPolicies.update",
      "monitoring.notificationChannels.create", "monitoring.notificationChannels.delete", "monitoring.notificationChannels.update",
      "pubsub.topics.create", "pubsub.topics.delete", "pubsub.topics.setIamPolicy", "pubsub.topics.update",
      "storage.buckets.create", "storage.buckets.setIamPolicy", "storage.buckets.update",
    ]

    grant = ["resourcemanager.projects.setIamPolicy"]
  }

  # Project roles that modules gke and audit-logs-gcp bind.
  grantable_roles = ["roles/container.admin", "roles/container.defaultNodeServiceAccount", "roles/container.viewer"]
}
