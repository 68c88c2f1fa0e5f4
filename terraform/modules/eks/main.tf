# The control plane. Its only endpoint is private, its secrets are encrypted with our key, all five of its logs are on.

locals {
  cluster_arn   = "arn:aws:eks:${var.network.region}:${var.account.id}:cluster/${var.name}"
  log_group     = "/aws/eks/${var.name}/cluster"
  window        = "${var.maintenance_window.day} ${var.maintenance_window.start} UTC +${var.maintenance_window.hours}h"
  access_policy = { admin = "AmazonEKSClusterAdminPolicy", view = "AmazonEKSViewPolicy" }
}

# Made before the cluster, so that AWS does not make one without retention and key.
resource "aws_cloudwatch_log_group" "control_plane" {
  name              = local.log_group
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_keys.logs
}

resource "aws_iam_role" "cluster" {
  name                 = "${var.name}-control-plane"
  path                 = var.iam.path
  permissions_boundary = var.iam.permissions_boundary
  description          = "The EKS control plane of ${var.name}."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "eks.amazonaws.com" }
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.account.id }
        ArnEquals    = { "aws:SourceArn" = local.cluster_arn }
      }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "cluster" {
  role       = aws_iam_role.cluster.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
}

resource "aws_eks_cluster" "this" {
  name     = var.name
  version  = var.kubernetes.version
  role_arn = aws_iam_role.cluster.arn

  bootstrap_self_managed_addons = false
  enabled_cluster_log_types     = ["api", "audit", "authenticator", "controllerManager", "scheduler"]

  access_config {
    authentication_mode                         = "API"
    bootstrap_cluster_creator_admin_permissions = false
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = var.kms_keys.secrets
    }
  }

  kubernetes_network_config {
    ip_family         = "ipv4"
    service_ipv4_cidr = var.network.service_cidr
  }

  # Standard support: no surcharge, and an upgrade by AWS only when a version's standard support ends.
  upgrade_policy {
    support_type = "STANDARD"
  }

  vpc_config {
    subnet_ids              = var.network.subnet_ids
    endpoint_private_access = true
    endpoint_public_access  = false
  }

  # Lets AWS, or us, move traffic away from a zone that is ill.
  zonal_shift_config {
    enabled = true
  }

  # EKS has no maintenance window of its own: the tag is for people and for the release gate (see terraform/parity.yaml).
  tags = merge(var.tags, { "ballast:maintenance-window" = local.window })

  depends_on = [aws_cloudwatch_log_group.control_plane, aws_iam_role_policy_attachment.cluster]
}

# Terraform destroys dependents first, and the replacement of the cluster replaces this too: while `protected` is true, neither
# gets past this provisioner. (The provider has an argument for it from 6.x on only.)
resource "terraform_data" "deletion_protection" {
  input            = { protected = tostring(var.deletion_protection), cluster = var.name }
  triggers_replace = [aws_eks_cluster.this.arn, aws_eks_cluster.this.created_at]

  provisioner "local-exec" {
    when    = destroy
    command = "test '${self.input.protected}' = false || { echo 'Cluster ${self.input.cluster} is protected. Apply deletion_protection = false first.' >&2; exit 1; }"
  }
}

resource "aws_iam_openid_connect_provider" "cluster" {
  url            = aws_eks_cluster.this.identity[0].oidc[0].issuer
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_vpc_security_group_ingress_rule" "api" {
  for_each = var.api_allowed_cidrs

  security_group_id = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
  description       = "Kubernetes API from ${each.key}."
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_eks_access_entry" "this" {
  for_each = var.access

  cluster_name  = aws_eks_cluster.this.name
  principal_arn = each.value.principal
}

resource "aws_eks_access_policy_association" "this" {
  for_each = var.access

  cluster_name  = aws_eks_cluster.this.name
  principal_arn = aws_eks_access_entry.this[each.key].principal_arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/${local.access_policy[each.value.level]}"

  access_scope {
    type = "cluster"
  }
}
