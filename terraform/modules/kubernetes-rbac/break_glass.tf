# Emergency access that ends by itself. People of the group ask for a token of one service account, which may do anything; the API
# server puts its end into the token, an admission policy keeps that end near, and the audit log has who asked and when. There is no
# binding that somebody would have to remember to remove.

resource "kubernetes_service_account_v1" "break_glass" {
  metadata {
    name      = "break-glass"
    namespace = var.break_glass.namespace
  }

  automount_service_account_token = false
}

resource "kubernetes_cluster_role_binding_v1" "break_glass" {
  metadata {
    name = "ballast-break-glass"
  }

  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = "cluster-admin"
  }

  subject {
    kind      = "ServiceAccount"
    name      = kubernetes_service_account_v1.break_glass.metadata[0].name
    namespace = var.break_glass.namespace
  }

  # Nobody may hold it before the policies do.
  depends_on = [module.policies]
}

resource "kubernetes_role_v1" "break_glass" {
  metadata {
    name      = "ask-for-break-glass"
    namespace = var.break_glass.namespace
  }

  rule {
    api_groups     = [""]
    resources      = ["serviceaccounts/token"]
    resource_names = [kubernetes_service_account_v1.break_glass.metadata[0].name]
    verbs          = ["create"]
  }
}

resource "kubernetes_role_binding_v1" "break_glass" {
  for_each = toset(var.groups.break_glass)

  metadata {
    name      = "ask-for-break-glass-${local.suffix[each.value]}"
    namespace = var.break_glass.namespace
  }

  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Role"
    name      = kubernetes_role_v1.break_glass.metadata[0].name
  }

  subject {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Group"
    name      = each.value
  }
}

locals {
  only_there = { namespaceSelector = { matchLabels = { "kubernetes.io/metadata.name" = var.break_glass.namespace } } }

  # One policy a rule: what it matches, and what must hold.
  rules = {
    break-glass-token = {
      match   = { apiGroups = [""], apiVersions = ["v1"], operations = ["CREATE"], resources = ["serviceaccounts/token"] }
      holds   = "object.spec.expirationSeconds <= ${var.break_glass.max_minutes * 60}"
      message = "A break-glass token is good for ${var.break_glass.max_minutes} minutes at most: kubectl create token break-glass -n ${var.break_glass.namespace} --duration=${var.break_glass.max_minutes}m"
    }
    break-glass-secret = {
      match   = { apiGroups = [""], apiVersions = ["v1"], operations = ["CREATE", "UPDATE"], resources = ["secrets"] }
      holds   = "object.type != 'kubernetes.io/service-account-token'"
      message = "Tokens of this namespace end: ask for one with kubectl create token."
    }
    break-glass-pod = {
      match   = { apiGroups = [""], apiVersions = ["v1"], operations = ["CREATE"], resources = ["pods"] }
      holds   = "false"
      message = "No pod runs in this namespace: it would hold a token for as long as it lives."
    }
  }
}

module "policies" {
  source = "../kubernetes-objects"

  name      = "break-glass-policies"
  namespace = var.break_glass.namespace
  objects = merge(
    {
      for name, rule in local.rules : "policy/${name}" => jsonencode({
        apiVersion = "admissionregistration.k8s.io/v1"
        kind       = "ValidatingAdmissionPolicy"
        metadata   = { name = name }
        spec = {
          failurePolicy    = "Fail"
          matchConstraints = merge(local.only_there, { resourceRules = [rule.match] })
          validations      = [{ expression = rule.holds, message = rule.message }]
        }
      })
    },
    {
      for name, rule in local.rules : "binding/${name}" => jsonencode({
        apiVersion = "admissionregistration.k8s.io/v1"
        kind       = "ValidatingAdmissionPolicyBinding"
        metadata   = { name = name }
        spec       = { policyName = name, validationActions = ["Deny", "Audit"] }
      })
    },
  )
}
