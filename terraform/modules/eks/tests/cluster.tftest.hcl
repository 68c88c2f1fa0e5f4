provider "aws" {
  region = "eu-west-1"
}

variables {
  name    = "ballast-test"
  account = { id = "123456789012" }
  network = {
    id           = "vpc-1"
    region       = "eu-west-1"
    zones        = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    cidr         = "10.20.0.0/16"
    subnet_ids   = ["subnet-1", "subnet-2", "subnet-3"]
    service_cidr = "172.20.0.0/20"
  }
  kubernetes = { version = "1.33" }
  kms_keys = {
    secrets = "arn:aws:kms:eu-west-1:123456789012:key/secrets"
    disks   = "arn:aws:kms:eu-west-1:123456789012:key/disks"
    logs    = "arn:aws:kms:eu-west-1:123456789012:key/logs"
  }
  deletion_protection = false # so that the test can clean up; the default is asserted in protection.tftest.hcl
  node_pools = {
    general    = { instance_type = "m7i.xlarge" }
    monitoring = { instance_type = "r7g.2xlarge", min_nodes = 3, max_nodes = 9, disk_gb = 200, monitoring = true, labels = { disks = "fast" } }
  }
}

run "a_private_cluster" {
  assert {
    condition = output.node_pools == {
      general    = { min_nodes = 3, max_nodes = 6, labels = tomap({ "ballast.dev/monitoring" = "false" }), taints = [] }
      monitoring = { min_nodes = 3, max_nodes = 9, labels = tomap({ "ballast.dev/monitoring" = "true", disks = "fast" }), taints = [{ key = "ballast.dev/monitoring", value = "true", effect = "NoSchedule" }] }
    }
    error_message = "The pools are not the ones asked for."
  }

  assert {
    condition     = output.monitoring_scheduling.node_selector == { "ballast.dev/monitoring" = "true" } && output.monitoring_scheduling.tolerations == [{ key = "ballast.dev/monitoring", operator = "Equal", value = "true", effect = "NoSchedule" }]
    error_message = "A pod that follows this would not run on the monitoring pool."
  }

  assert {
    condition     = output.cluster_name == "ballast-test" && output.kubernetes_version == "1.33" && output.private_endpoint_only && !output.deletion_protection && output.secrets_encryption_key == var.kms_keys.secrets
    error_message = "The outputs do not describe the cluster."
  }

  assert {
    condition     = output.maintenance_window == { day = "SU", start = "02:00", hours = 6 }
    error_message = "The window is another one than the default."
  }

  assert {
    condition     = output.endpoint == aws_eks_cluster.this.endpoint && output.ca_certificate == aws_eks_cluster.this.certificate_authority[0].data && output.oidc_issuer == aws_eks_cluster.this.identity[0].oidc[0].issuer
    error_message = "The outputs name another cluster."
  }

  assert {
    condition     = output.identity_provider == aws_iam_openid_connect_provider.cluster.arn && aws_iam_openid_connect_provider.cluster.url == output.oidc_issuer
    error_message = "Workload identity trusts another issuer than the cluster's."
  }

  assert {
    condition     = output.control_plane_logs == { destination = aws_cloudwatch_log_group.control_plane.name, retention_days = 90, audit = true } && output.audit_log_source == "/aws/eks/ballast-test/cluster" && aws_cloudwatch_log_group.control_plane.kms_key_id == var.kms_keys.logs
    error_message = "The control plane's logs are not kept, not encrypted, or elsewhere."
  }

  assert {
    condition     = aws_eks_cluster.this.enabled_cluster_log_types == toset(["api", "audit", "authenticator", "controllerManager", "scheduler"])
    error_message = "A log of the control plane is off."
  }

  assert {
    condition     = aws_eks_cluster.this.role_arn == aws_iam_role.cluster.arn && output.node_identity == aws_iam_role.node.arn && alltrue([for group in aws_eks_node_group.this : group.node_role_arn == aws_iam_role.node.arn])
    error_message = "A role is not the one made for it."
  }

  assert {
    condition     = !aws_eks_cluster.this.access_config[0].bootstrap_cluster_creator_admin_permissions && aws_eks_cluster.this.access_config[0].authentication_mode == "API"
    error_message = "Whoever creates the cluster becomes its administrator unseen."
  }

  assert {
    condition     = alltrue([for name, template in aws_launch_template.node : template.metadata_options[0].http_tokens == "required" && template.metadata_options[0].http_put_response_hop_limit == 1 && template.block_device_mappings[0].ebs[0].encrypted == "true" && template.block_device_mappings[0].ebs[0].kms_key_id == var.kms_keys.disks])
    error_message = "Pods reach the node's credentials, or a disk is not encrypted with our key."
  }

  assert {
    condition     = aws_launch_template.node["monitoring"].block_device_mappings[0].ebs[0].volume_size == 200 && alltrue([for name, group in aws_eks_node_group.this : group.launch_template[0].id == aws_launch_template.node[name].id])
    error_message = "A pool uses another template than its own."
  }

  assert {
    condition     = aws_eks_node_group.this["general"].ami_type == "AL2023_x86_64_STANDARD" && aws_eks_node_group.this["monitoring"].ami_type == "AL2023_ARM_64_STANDARD"
    error_message = "A pool's image does not fit its processor."
  }

  assert {
    condition     = toset([for attachment in aws_iam_role_policy_attachment.node : attachment.policy_arn]) == toset(["arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy", "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"])
    error_message = "Nodes may do more than join and pull images."
  }

  assert {
    condition     = alltrue([for name, role in aws_iam_role.addon : endswith(jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["${trimprefix(output.oidc_issuer, "https://")}:sub"], name == "vpc-cni" ? ":aws-node" : ":ebs-csi-controller-sa")])
    error_message = "An add-on's role can be taken by another service account."
  }

  assert {
    condition     = aws_eks_addon.before_nodes["vpc-cni"].service_account_role_arn == aws_iam_role.addon["vpc-cni"].arn && aws_eks_addon.after_nodes["aws-ebs-csi-driver"].service_account_role_arn == aws_iam_role.addon["aws-ebs-csi-driver"].arn && jsondecode(aws_eks_addon.before_nodes["vpc-cni"].configuration_values).enableNetworkPolicy == "true"
    error_message = "An add-on lacks its role, or NetworkPolicies are not enforced."
  }

  assert {
    condition     = alltrue([for statement in jsondecode(aws_iam_role_policy.disks.policy).Statement : statement.Resource == [var.kms_keys.disks]])
    error_message = "The disk driver may use other keys."
  }

  assert {
    condition     = length(aws_eks_access_entry.this) == 0 && length(aws_vpc_security_group_ingress_rule.api) == 0
    error_message = "Somebody has access who was not named."
  }
}

run "who_may_reach_it" {
  variables {
    access            = { ci = { principal = "arn:aws:iam::123456789012:role/ci", level = "admin" }, dev = { principal = "arn:aws:iam::123456789012:role/dev" } }
    api_allowed_cidrs = { vpn = "10.8.0.0/16" }
  }

  assert {
    condition = { for name, association in aws_eks_access_policy_association.this : name => "${association.principal_arn} ${association.policy_arn}" } == {
      ci  = "arn:aws:iam::123456789012:role/ci arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
      dev = "arn:aws:iam::123456789012:role/dev arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    } && length(aws_eks_access_entry.this) == 2
    error_message = "A principal has another level than asked for."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.api["vpn"].cidr_ipv4 == "10.8.0.0/16" && aws_vpc_security_group_ingress_rule.api["vpn"].from_port == 443 && aws_vpc_security_group_ingress_rule.api["vpn"].security_group_id == aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
    error_message = "The VPN does not reach the API, or reaches more."
  }
}

run "an_upgrade_of_one_minor" {
  variables {
    kubernetes         = { version = "1.34", upgraded_from = "1.33" }
    maintenance_window = { day = "WE", start = "22:30", hours = 4 }
    log_retention_days = 365
    tags               = { owner = "team-sre" }
    iam                = { path = "/ballast/staging/", permissions_boundary = "arn:aws:iam::123456789012:policy/ballast/staging/boundary" }
  }

  assert {
    condition     = output.kubernetes_version == "1.34" && alltrue([for group in aws_eks_node_group.this : group.version == "1.34"])
    error_message = "The nodes do not follow the control plane."
  }

  assert {
    condition     = output.maintenance_window == { day = "WE", start = "22:30", hours = 4 } && aws_eks_cluster.this.tags["ballast:maintenance-window"] == "WE 22:30 UTC +4h"
    error_message = "The window is not written on the cluster."
  }

  assert {
    condition     = output.control_plane_logs.retention_days == 365
    error_message = "Logs are kept for another time than asked for."
  }

  assert {
    condition     = alltrue(flatten([for template in aws_launch_template.node : [for specification in template.tag_specifications : specification.tags["owner"] == "team-sre"]])) && aws_eks_cluster.this.tags["owner"] == "team-sre"
    error_message = "Nodes and disks do not carry the tags."
  }

  assert {
    condition     = alltrue([for role in concat([aws_iam_role.cluster, aws_iam_role.node], values(aws_iam_role.addon)) : role.path == "/ballast/staging/" && role.permissions_boundary == var.iam.permissions_boundary])
    error_message = "A role is outside its path or boundary."
  }
}
