# Add-ons in two steps: nodes become ready only with a network plugin, CoreDNS and the disk driver run only on nodes.

locals {
  oidc_host = trimprefix(aws_eks_cluster.this.identity[0].oidc[0].issuer, "https://")

  # Add-ons that call AWS, each with a role of its own.
  addon_roles = {
    "vpc-cni" = {
      service_account = "aws-node"
      policy          = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"
    }
    "aws-ebs-csi-driver" = {
      service_account = "ebs-csi-controller-sa"
      policy          = "arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"
    }
  }
}

resource "aws_iam_role" "addon" {
  for_each = local.addon_roles

  name                 = "${var.name}-${each.key}"
  path                 = var.iam.path
  permissions_boundary = var.iam.permissions_boundary
  description          = "Add-on ${each.key} of ${var.name}."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = aws_iam_openid_connect_provider.cluster.arn }
      Condition = {
        StringEquals = {
          "${local.oidc_host}:aud" = "sts.amazonaws.com"
          "${local.oidc_host}:sub" = "system:serviceaccount:kube-system:${each.value.service_account}"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "addon" {
  for_each = local.addon_roles

  role       = aws_iam_role.addon[each.key].name
  policy_arn = each.value.policy
}

# Volumes are encrypted with the disks' key: the driver may ask for grants on that key and no other.
resource "aws_iam_role_policy" "disks" {
  name = "encrypt-volumes"
  role = aws_iam_role.addon["aws-ebs-csi-driver"].name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = ["kms:CreateGrant"]
        Resource  = [var.kms_keys.disks]
        Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
      },
      {
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
        Resource = [var.kms_keys.disks]
      },
    ]
  })
}

resource "aws_eks_addon" "before_nodes" {
  for_each = {
    "kube-proxy" = { role = null, configuration = null }
    "vpc-cni" = {
      role          = aws_iam_role.addon["vpc-cni"].arn
      configuration = jsonencode({ enableNetworkPolicy = "true" })
    }
  }

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  service_account_role_arn    = each.value.role
  configuration_values        = each.value.configuration
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  depends_on = [aws_iam_role_policy_attachment.addon]
}

resource "aws_eks_addon" "after_nodes" {
  for_each = {
    "coredns"            = { role = null }
    "aws-ebs-csi-driver" = { role = aws_iam_role.addon["aws-ebs-csi-driver"].arn }
  }

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  service_account_role_arn    = each.value.role
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  depends_on = [aws_iam_role_policy_attachment.addon, aws_iam_role_policy.disks, aws_eks_node_group.this]
}
