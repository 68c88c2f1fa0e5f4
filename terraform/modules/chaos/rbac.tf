# The runner may make experiments in the namespaces of `targets`, of the kinds listed there, and see how their pods take it. Chaos
# Mesh's Schedule and Workflow are left out: they hold experiments of any kind, which would slip through.

locals {
  kinds = {
    chaos-mesh = { pod = "podchaos", network = "networkchaos", stress = "stresschaos", io = "iochaos", time = "timechaos", http = "httpchaos" }
    # Litmus has one kind for all faults.
    litmus = { for fault in ["pod", "network", "stress", "io", "time", "http"] : fault => "chaosengines" }
  }
  api_group = { chaos-mesh = "chaos-mesh.org", litmus = "litmuschaos.io" }[var.engine]
  observed  = { chaos-mesh = ["podnetworkchaos", "podiochaos", "podhttpchaos"], litmus = ["chaosexperiments", "chaosresults"] }[var.engine]

  subjects = concat(
    [{ kind = "ServiceAccount", name = kubernetes_service_account_v1.runner.metadata[0].name, namespace = var.namespace, api_group = "" }],
    [for group in var.groups : { kind = "Group", name = group, namespace = null, api_group = "rbac.authorization.k8s.io" }],
  )
}

resource "kubernetes_service_account_v1" "runner" {
  metadata {
    name      = "chaos-runner"
    namespace = var.namespace
  }
}

resource "kubernetes_role_v1" "runner" {
  for_each = var.targets

  metadata {
    name        = "chaos-runner"
    namespace   = each.key
    annotations = { "ballast.dev/reason" = each.value.reason }
  }

  rule {
    api_groups = [local.api_group]
    resources  = distinct([for fault in each.value.faults : local.kinds[var.engine][fault]])
    verbs      = ["create", "delete", "get", "list", "watch"]
  }

  rule {
    api_groups = [local.api_group]
    resources  = local.observed
    verbs      = ["get", "list", "watch"]
  }

  rule {
    api_groups = [""]
    resources  = ["events", "pods"]
    verbs      = ["get", "list", "watch"]
  }
}

resource "kubernetes_role_binding_v1" "runner" {
  for_each = var.targets

  metadata {
    name      = "chaos-runner"
    namespace = each.key
  }

  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Role"
    name      = kubernetes_role_v1.runner[each.key].metadata[0].name
  }

  dynamic "subject" {
    for_each = local.subjects

    content {
      kind      = subject.value.kind
      name      = subject.value.name
      namespace = subject.value.namespace
      api_group = subject.value.api_group
    }
  }
}
