variables {
  targets = {
    checkout = { reason = "Game day 3: checkout loses a replica.", faults = ["pod", "network"] }
    gateway  = { reason = "The gateway's death must lose no page." }
  }
  scheduling = {
    node_selector = { "ballast.dev/pool" = "monitoring" }
    tolerations   = [{ key = "ballast.dev/monitoring", operator = "Equal", value = "true", effect = "NoSchedule" }]
  }
  priority_class = "platform"
}

run "chaos_mesh_is_confined_three_times" {
  assert {
    condition     = helm_release.this.chart == "chaos-mesh" && helm_release.this.namespace == "chaos"
    error_message = "Another engine is the default."
  }

  assert {
    condition     = local.chaos_mesh.controllerManager.enableFilterNamespace && local.chaos_mesh.dashboard.securityMode && local.chaos_mesh.webhook.FailurePolicy == "Fail"
    error_message = "An experiment may reach a namespace that does not say so, or one where who started it may not."
  }

  assert {
    condition = output.runner == {
      namespace       = "chaos"
      service_account = "chaos-runner"
      api_group       = "chaos-mesh.org"
      kinds           = { checkout = tolist(["networkchaos", "podchaos"]), gateway = tolist(["networkchaos", "podchaos", "stresschaos"]) }
    }
    error_message = "The runner may make something else."
  }

  assert {
    condition     = alltrue([for role in values(kubernetes_role_v1.runner) : !contains(flatten(role.rule[*].resources), "schedules") && !contains(flatten(role.rule[*].resources), "workflows")])
    error_message = "The runner may make what holds experiments of any kind."
  }

  assert {
    condition     = alltrue([for name, binding in kubernetes_role_binding_v1.runner : binding.metadata[0].namespace == name && binding.subject[0].name == "chaos-runner" && length(binding.subject) == 1])
    error_message = "Somebody else may make experiments."
  }

  assert {
    condition     = output.namespace_annotations == { checkout = { "chaos-mesh.org/inject" = "enabled" }, gateway = { "chaos-mesh.org/inject" = "enabled" } }
    error_message = "A target's namespace would not be found."
  }
}

run "nothing_is_there_to_click" {
  assert {
    condition     = !local.chaos_mesh.dashboard.create && local.chaos_mesh.chaosDaemon.mtls.enabled
    error_message = "There is a dashboard without OpenID, or a daemon that takes orders from anybody."
  }
}

run "litmus_is_behind_the_same_contract" {
  variables {
    engine         = "litmus"
    namespace      = "litmus"
    groups         = ["release-engineers"]
    runtime_socket = "/run/k3s/containerd/containerd.sock"
    scheduling     = { node_selector = {}, tolerations = [] }
    priority_class = "other"
    litmus = {
      host = "chaos.example.com", issuer = "https://id.example.com", client_id = "litmus", secret_name = "litmus-keys", mongodb = "mongodb.mongodb.svc:27017", tls_secret_name = "litmus-tls"
    }
  }

  assert {
    condition     = helm_release.this.chart == "litmus" && output.runner.api_group == "litmuschaos.io" && output.runner.kinds["checkout"] == tolist(["chaosengines"])
    error_message = "The runner may make something else than engines of Litmus."
  }

  assert {
    condition     = output.namespace_annotations["checkout"] == { "litmuschaos.io/chaos" = "true" }
    error_message = "The annotation is not Litmus'."
  }

  assert {
    condition     = local.litmus.portal.server.authServer.env.DEX_ENABLED == "true" && local.litmus.portal.server.authServer.env.OIDC_ISSUER == "https://id.example.com" && !local.litmus.ingress.enabled
    error_message = "People do not sign in by OpenID, or ChaosCenter is exposed."
  }

  assert {
    condition     = !strcontains(helm_release.this.values[0], "ADMIN_PASSWORD") && !local.litmus.mongodb.enabled
    error_message = "A password is in the values, or the unmaintained MongoDB runs."
  }

  assert {
    condition     = alltrue([for binding in values(kubernetes_role_binding_v1.runner) : binding.subject[1].name == "release-engineers" && binding.subject[1].kind == "Group"])
    error_message = "The group may not run experiments."
  }
}

run "without_targets_nothing_may_be_broken" {
  variables {
    targets = {}
  }

  assert {
    condition     = length(kubernetes_role_v1.runner) == 0 && length(output.runner.kinds) == 0
    error_message = "The runner may make experiments though there is no target."
  }
}

run "another_engine_is_refused" {
  command = plan
  variables {
    engine = "gremlin"
  }
  expect_failures = [var.engine]
}

run "litmus_without_its_needs_is_refused" {
  command = plan
  variables {
    engine = "litmus"
  }
  expect_failures = [helm_release.this]
}

run "the_cluster_itself_is_refused" {
  command = plan
  variables {
    targets = { kube-system = { reason = "What happens without DNS, I wonder?" } }
  }
  expect_failures = [var.targets]
}

run "an_unknown_fault_is_refused" {
  command = plan
  variables {
    targets = { checkout = { reason = "Game day 3: checkout loses a replica.", faults = ["kernel"] } }
  }
  expect_failures = [var.targets]
}

run "no_reason_is_refused" {
  command = plan
  variables {
    targets = { checkout = { reason = "fun" } }
  }
  expect_failures = [var.targets]
}

run "everybody_is_refused" {
  command = plan
  variables {
    groups = ["system:authenticated"]
  }
  expect_failures = [var.groups]
}

run "no_socket_is_refused" {
  command = plan
  variables {
    runtime_socket = "containerd"
  }
  expect_failures = [var.runtime_socket]
}

run "an_issuer_in_the_clear_is_refused" {
  command = plan
  variables {
    litmus = { host = "x", issuer = "http://id", client_id = "x", secret_name = "x", mongodb = "m:1", tls_secret_name = "x" }
  }
  expect_failures = [var.litmus]
}

run "the_page_paths_priority_is_refused" {
  command = plan
  variables {
    priority_class = "page-path"
  }
  expect_failures = [var.priority_class]
}
