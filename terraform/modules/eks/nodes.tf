# Node pools: managed node groups with encrypted disks and no way to the instance metadata from a pod.

locals {
  # The label and taint that tie monitoring pods to their nodes; the same on both clouds.
  monitoring_key = "ballast.dev/monitoring"

  pool_labels = { for name, pool in var.node_pools : name => merge(pool.labels, { (local.monitoring_key) = tostring(pool.monitoring) }) }
  pool_taints = { for name, pool in var.node_pools : name => pool.monitoring ? [{ key = local.monitoring_key, value = "true" }] : [] }

  # Graviton types carry a g after the generation: m7g, c6gn, r8gd, t4g, and x8g alike.
  pool_images = {
    for name, pool in var.node_pools :
    name => can(regex("^[a-z]+[0-9]+g[a-z]*\\.", pool.instance_type)) ? "AL2023_ARM_64_STANDARD" : "AL2023_x86_64_STANDARD"
  }
}

resource "aws_iam_role" "node" {
  name                 = "${var.name}-node"
  path                 = var.iam.path
  permissions_boundary = var.iam.permissions_boundary
  description          = "Nodes of ${var.name}: join the cluster and pull images, nothing else."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "node" {
  for_each = toset(["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"])

  role       = aws_iam_role.node.name
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
}

resource "aws_launch_template" "node" {
  for_each = var.node_pools

  name                   = "${var.name}-${each.key}"
  description            = "Nodes of pool ${each.key}."
  instance_type          = each.value.instance_type
  update_default_version = true

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size           = each.value.disk_gb
      volume_type           = "gp3"
      encrypted             = true
      kms_key_id            = var.kms_keys.disks
      delete_on_termination = true
    }
  }

  # One hop: a pod that is not on the host's network gets no credentials of the node.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  monitoring {
    enabled = true
  }

  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume", "network-interface"])

    content {
      resource_type = tag_specifications.value
      tags          = merge(var.tags, { Name = "${var.name}-${each.key}" })
    }
  }
}

resource "aws_eks_node_group" "this" {
  for_each = var.node_pools

  cluster_name    = aws_eks_cluster.this.name
  node_group_name = each.key
  node_role_arn   = aws_iam_role.node.arn
  subnet_ids      = var.network.subnet_ids
  version         = aws_eks_cluster.this.version
  ami_type        = local.pool_images[each.key]
  labels          = local.pool_labels[each.key]

  launch_template {
    id      = aws_launch_template.node[each.key].id
    version = tostring(aws_launch_template.node[each.key].latest_version)
  }

  scaling_config {
    min_size     = each.value.min_nodes
    max_size     = each.value.max_nodes
    desired_size = each.value.min_nodes
  }

  update_config {
    max_unavailable = 1
  }

  node_repair_config {
    enabled = true
  }

  dynamic "taint" {
    for_each = local.pool_taints[each.key]

    content {
      key    = taint.value.key
      value  = taint.value.value
      effect = "NO_SCHEDULE"
    }
  }

  # The autoscaler owns the size from here on.
  lifecycle {
    ignore_changes = [scaling_config[0].desired_size]
  }

  depends_on = [aws_iam_role_policy_attachment.node, aws_eks_addon.before_nodes]
}
