variables {
  groups = {
    viewer           = ["engineers"]
    on_call          = ["sre", "SRE@example.com"]
    release_engineer = ["release"]
    break_glass      = ["sre-leads"]
  }
  namespaces  = ["loki", "gateway"]
  break_glass = { namespace = "emergency", max_minutes = 30 }
}

run "each_role_has_its_rights" {
  assert {
    condition     = alltrue([for rule in kubernetes_cluster_role_v1.viewer.rule : toset(rule.verbs) == toset(["get", "list", "watch"]) && !contains(rule.resources, "secrets")])
    error_message = "Viewers may change something, or read secrets."
  }

  assert {
    condition = alltrue(flatten([for role in [kubernetes_cluster_role_v1.on_call, kubernetes_cluster_role_v1.on_call_workloads, kubernetes_cluster_role_v1.release_engineer] : [
      for rule in role.rule : length(setintersection(rule.resources, ["secrets", "pods/exec", "pods/attach", "serviceaccounts/token", "roles", "clusterroles", "rolebindings", "clusterrolebindings", "*"])) == 0 && !contains(rule.verbs, "*") && !contains(rule.verbs, "escalate")
    ]]))
    error_message = "A role reaches secrets, a shell, or rights themselves."
  }

  assert {
    condition = (
      length(kubernetes_role_binding_v1.this) == 6 &&
      kubernetes_role_binding_v1.this["ballast-on-call-workloads/loki/sre"].metadata[0].namespace == "loki" &&
      kubernetes_role_binding_v1.this["ballast-release-engineer/gateway/release"].role_ref[0].name == "ballast-release-engineer" &&
      kubernetes_role_binding_v1.this["ballast-release-engineer/gateway/release"].subject[0].name == "release"
    )
    error_message = "Somebody may change workloads outside the namespaces, or is not bound within them."
  }

  assert {
    condition = (
      length(kubernetes_cluster_role_binding_v1.this) == 7 && length(distinct([for binding in kubernetes_cluster_role_binding_v1.this : binding.metadata[0].name])) == 7 &&
      toset([for binding in kubernetes_cluster_role_binding_v1.this : binding.subject[0].name if binding.role_ref[0].name == "ballast-on-call"]) == toset(["sre", "SRE@example.com"])
    )
    error_message = "Not everybody may look, or others than on-call may drain nodes."
  }

  assert {
    condition     = [for role in [kubernetes_cluster_role_v1.viewer, kubernetes_cluster_role_v1.on_call, kubernetes_cluster_role_v1.on_call_workloads, kubernetes_cluster_role_v1.release_engineer] : role.metadata[0].name] == ["ballast-viewer", "ballast-on-call", "ballast-on-call-workloads", "ballast-release-engineer"]
    error_message = "Roles have other names than runbooks say."
  }
}

run "emergency_access_ends" {
  assert {
    condition = (
      keys(kubernetes_role_binding_v1.break_glass) == ["sre-leads"] && kubernetes_role_v1.break_glass.metadata[0].namespace == "emergency" &&
      kubernetes_role_v1.break_glass.rule[0].resource_names == toset(["break-glass"]) && kubernetes_role_v1.break_glass.rule[0].verbs == toset(["create"])
    )
    error_message = "Others than the group may ask, or for more than that token."
  }

  assert {
    condition = (
      [for subject in kubernetes_cluster_role_binding_v1.break_glass.subject : "${subject.kind} ${subject.namespace}/${subject.name}"] == ["ServiceAccount emergency/break-glass"] &&
      !kubernetes_service_account_v1.break_glass.automount_service_account_token
    )
    error_message = "The rights are somebody's for good."
  }

  assert {
    condition     = local.rules["break-glass-token"].holds == "object.spec.expirationSeconds <= 1800" && local.only_there.namespaceSelector.matchLabels["kubernetes.io/metadata.name"] == "emergency" && length(module.policies.objects) == 6
    error_message = "A token may be good for longer, or a rule is not bound."
  }

  assert {
    condition     = output.break_glass == "kubectl create token break-glass -n emergency --duration=30m"
    error_message = "The output would be refused."
  }
}

run "nobody" {
  command = plan
  variables {
    groups = {}
  }
  assert {
    condition     = length(kubernetes_cluster_role_binding_v1.this) + length(kubernetes_role_binding_v1.this) + length(kubernetes_role_binding_v1.break_glass) == 0
    error_message = "Somebody is bound though no group is listed."
  }
}
