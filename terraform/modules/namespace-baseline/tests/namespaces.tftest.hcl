variables {
  namespaces = {
    prometheus = { quota = { cpu = 40, memory_gb = 200, pods = 30, storage_gb = 900 } }
    thanos     = {}
    agents     = { pod_security = "privileged", reason = "The node exporter reads the host's filesystems and network." }
  }
  flows = {
    metrics-to-thanos = {
      from = { namespace = "prometheus", pods = { "app.kubernetes.io/name" = "prometheus" } }
      to   = { namespace = "thanos", pods = { "app.kubernetes.io/component" = "receive" } }
      tcp  = [19291], purpose = "Remote write of all series."
    }
    mesh = {
      from = { namespace = "prometheus", pods = { "app.kubernetes.io/name" = "alertmanager" } }
      to   = { namespace = "prometheus", pods = { "app.kubernetes.io/name" = "alertmanager" } }
      tcp  = [9094], udp = [9094], purpose = "Alertmanagers tell each other what was sent."
    }
    time = {
      from = { namespace = "prometheus" }, to = { namespace = "kube-system" }, udp = [123], purpose = "Asks what time it is."
    }
    from-outside = {
      from = { namespace = "kube-system" }, to = { namespace = "thanos" }, udp = [10902], purpose = "Somebody else's pods ask."
    }
  }
  outward = {
    pagerduty = {
      from = { namespace = "prometheus", pods = { "app.kubernetes.io/name" = "alertmanager" } }
      cidr = "0.0.0.0/0", except = ["10.0.0.0/8"], purpose = "Pages people."
    }
  }
  api_server = {
    cidr     = "10.20.0.0/18"
    port     = 6443
    clients  = { prometheus = [{ "app.kubernetes.io/name" = "prometheus" }, { "app.kubernetes.io/name" = "operator" }] }
    webhooks = { operator = { namespace = "prometheus", pods = { "app.kubernetes.io/name" = "operator" }, port = 10250 } }
  }
  dns = { namespace = "dns", pods = { app = "names" }, addresses = ["169.254.20.10"] }
}

run "a_baseline_for_each_namespace" {
  assert {
    condition = (
      alltrue([for name in ["prometheus", "thanos"] : kubernetes_namespace_v1.this[name].metadata[0].labels["pod-security.kubernetes.io/enforce"] == "restricted"]) &&
      alltrue([for mode in ["enforce", "audit", "warn"] : kubernetes_namespace_v1.this["agents"].metadata[0].labels["pod-security.kubernetes.io/${mode}"] == "privileged"]) &&
      kubernetes_namespace_v1.this["agents"].metadata[0].annotations["ballast.dev/pod-security-reason"] == var.namespaces.agents.reason
    )
    error_message = "A namespace has another Pod Security level than asked for, or keeps its reason to itself."
  }

  assert {
    condition     = output.unrestricted == { agents = var.namespaces.agents.reason }
    error_message = "The list of namespaces that are not restricted is wrong."
  }

  assert {
    condition = (
      kubernetes_resource_quota_v1.this["prometheus"].spec[0].hard["requests.cpu"] == "40" &&
      kubernetes_resource_quota_v1.this["prometheus"].spec[0].hard["requests.memory"] == "200Gi" &&
      alltrue([for quota in kubernetes_resource_quota_v1.this : quota.spec[0].hard["services.loadbalancers"] == "0" && quota.spec[0].hard["services.nodeports"] == "0"]) &&
      toset(keys(kubernetes_limit_range_v1.this)) == toset(keys(var.namespaces))
    )
    error_message = "A quota is another than asked for, or lets a service out of the cluster."
  }

  assert {
    condition     = output.namespaces == { prometheus = "prometheus", thanos = "thanos", agents = "agents" }
    error_message = "The output does not name the namespaces."
  }

  assert {
    condition     = output.priority_classes == { page_path = "page-path", platform = "platform" } && kubernetes_priority_class_v1.this["page-path"].value > kubernetes_priority_class_v1.this["platform"].value
    error_message = "The page path does not go before the platform."
  }
}

run "nothing_but_the_listed_flows" {
  assert {
    condition = alltrue([for policy in kubernetes_network_policy_v1.deny :
      toset(policy.spec[0].policy_types) == toset(["Ingress", "Egress"]) && length(policy.spec[0].ingress) == 0 && length(policy.spec[0].egress) == 0 && length(policy.spec[0].pod_selector) == 1
    ]) && toset(keys(kubernetes_network_policy_v1.deny)) == toset(keys(var.namespaces))
    error_message = "A namespace is open by default."
  }

  assert {
    condition = (
      kubernetes_network_policy_v1.names["thanos"].spec[0].egress[0].to[0].namespace_selector[0].match_labels["kubernetes.io/metadata.name"] == "dns" &&
      kubernetes_network_policy_v1.names["thanos"].spec[0].egress[0].to[1].ip_block[0].cidr == "169.254.20.10/32"
    )
    error_message = "Names cannot be resolved, or by others than the DNS of the cluster."
  }

  assert {
    condition     = keys(kubernetes_network_policy_v1.ingress) == ["from-outside", "mesh", "metrics-to-thanos"] && keys(kubernetes_network_policy_v1.egress) == ["mesh", "metrics-to-thanos", "time"]
    error_message = "A flow does not have its policy at each end that is ours."
  }

  assert {
    condition = (
      kubernetes_network_policy_v1.ingress["metrics-to-thanos"].metadata[0].namespace == "thanos" &&
      kubernetes_network_policy_v1.ingress["metrics-to-thanos"].spec[0].pod_selector[0].match_labels["app.kubernetes.io/component"] == "receive" &&
      kubernetes_network_policy_v1.ingress["metrics-to-thanos"].spec[0].ingress[0].from[0].namespace_selector[0].match_labels["kubernetes.io/metadata.name"] == "prometheus" &&
      kubernetes_network_policy_v1.ingress["metrics-to-thanos"].spec[0].ingress[0].from[0].pod_selector[0].match_labels["app.kubernetes.io/name"] == "prometheus" &&
      kubernetes_network_policy_v1.egress["metrics-to-thanos"].metadata[0].namespace == "prometheus" &&
      kubernetes_network_policy_v1.egress["metrics-to-thanos"].spec[0].egress[0].to[0].pod_selector[0].match_labels["app.kubernetes.io/component"] == "receive" &&
      kubernetes_network_policy_v1.egress["metrics-to-thanos"].spec[0].egress[0].ports[0].port == "19291"
    )
    error_message = "The two policies of a flow do not mirror each other."
  }

  assert {
    condition     = [for port in kubernetes_network_policy_v1.egress["mesh"].spec[0].egress[0].ports : "${port.protocol}/${port.port}"] == ["TCP/9094", "UDP/9094"]
    error_message = "A flow opens other ports than its own."
  }

  assert {
    condition = (
      kubernetes_network_policy_v1.outward["pagerduty"].spec[0].egress[0].to[0].ip_block[0].except == tolist(["10.0.0.0/8"]) &&
      kubernetes_network_policy_v1.outward["pagerduty"].spec[0].egress[0].ports[0].port == "443"
    )
    error_message = "What leaves the cluster goes elsewhere."
  }

  assert {
    condition = (
      keys(kubernetes_network_policy_v1.api_clients) == ["prometheus-0", "prometheus-1"] &&
      kubernetes_network_policy_v1.api_clients["prometheus-1"].spec[0].egress[0].ports[0].port == "6443" &&
      kubernetes_network_policy_v1.api_clients["prometheus-1"].spec[0].pod_selector[0].match_labels["app.kubernetes.io/name"] == "operator" &&
      kubernetes_network_policy_v1.webhooks["operator"].spec[0].ingress[0].from[0].ip_block[0].cidr == "10.20.0.0/18" &&
      kubernetes_network_policy_v1.webhooks["operator"].spec[0].ingress[0].ports[0].port == "10250"
    )
    error_message = "The Kubernetes API is open to others than its clients, or webhooks to others than the API."
  }
}

run "no_flows_no_policies" {
  command = plan
  variables {
    namespaces = { thanos = {} }
    flows      = {}
    outward    = {}
    api_server = { cidr = "10.20.0.0/18" }
    dns        = {}
  }
  assert {
    condition     = length(kubernetes_network_policy_v1.ingress) + length(kubernetes_network_policy_v1.egress) + length(kubernetes_network_policy_v1.outward) == 0
    error_message = "There are flows though none is listed."
  }
}

run "no_namespaces_nothing" {
  command = plan
  variables {
    namespaces = {}
    flows      = {}
    outward    = {}
    api_server = { cidr = "10.20.0.0/18" }
  }
  assert {
    condition     = length(output.namespaces) == 0
    error_message = "There are namespaces though none was asked for."
  }
}
