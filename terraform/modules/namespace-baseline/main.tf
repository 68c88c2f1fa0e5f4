# What every namespace has before anything runs in it: Pod Security, a quota with defaults for pods that name no requests, and no
# connection in or out but those that are listed.

resource "kubernetes_namespace_v1" "this" {
  for_each = var.namespaces

  metadata {
    name = each.key
    labels = {
      for mode in ["enforce", "audit", "warn"] : "pod-security.kubernetes.io/${mode}" => each.value.pod_security
    }
    annotations = { for reason in compact([each.value.reason]) : "ballast.dev/pod-security-reason" => reason }
  }

  # A namespace takes its volumes and secrets with it.
  lifecycle {
    prevent_destroy = true
  }
}

resource "kubernetes_resource_quota_v1" "this" {
  for_each = kubernetes_namespace_v1.this

  metadata {
    name      = "baseline"
    namespace = each.value.metadata[0].name
  }

  spec {
    hard = {
      "requests.cpu"           = tostring(var.namespaces[each.key].quota.cpu)
      "requests.memory"        = "${var.namespaces[each.key].quota.memory_gb}Gi"
      "limits.memory"          = "${var.namespaces[each.key].quota.memory_gb * 2}Gi"
      "requests.storage"       = "${var.namespaces[each.key].quota.storage_gb}Gi"
      "pods"                   = tostring(var.namespaces[each.key].quota.pods)
      "services.loadbalancers" = "0"
      "services.nodeports"     = "0"
    }
  }
}

# A quota refuses pods that name no requests, such as hooks of charts: these are theirs.
resource "kubernetes_limit_range_v1" "this" {
  for_each = kubernetes_namespace_v1.this

  metadata {
    name      = "baseline"
    namespace = each.value.metadata[0].name
  }

  spec {
    limit {
      type            = "Container"
      default         = { memory = "256Mi" }
      default_request = { cpu = "50m", memory = "128Mi" }
    }
  }
}

# What carries a page goes before the rest of the platform, and both before what has no class. Numbers leave room between; the system's
# own classes are above two billion.
resource "kubernetes_priority_class_v1" "this" {
  for_each = {
    page-path = { value = 1000000, description = "A page depends on it: it takes the place of other pods when nodes are full." }
    platform  = { value = 100000, description = "The platform beside the page path." }
  }

  metadata {
    name = each.key
  }

  value             = each.value.value
  description       = each.value.description
  preemption_policy = "PreemptLowerPriority"
}
