# Who may do what with the Kubernetes API, by groups of the identity provider. Roles are Kubernetes', names ours; nobody but
# break-glass reads secrets, execs into pods or changes roles.

locals {
  # Cluster-wide: reading, all but secrets. Written out rather than the built-in `view`, which grows with whatever is installed.
  viewer = {
    "" = [
      "configmaps", "endpoints", "events", "limitranges", "namespaces", "nodes", "persistentvolumeclaims", "persistentvolumes", "pods",
      "pods/log", "resourcequotas", "serviceaccounts", "services",
    ]
    "apps"                         = ["controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets"]
    "autoscaling"                  = ["horizontalpodautoscalers"]
    "batch"                        = ["cronjobs", "jobs"]
    "discovery.k8s.io"             = ["endpointslices"]
    "events.k8s.io"                = ["events"]
    "networking.k8s.io"            = ["ingresses", "networkpolicies"]
    "policy"                       = ["poddisruptionbudgets"]
    "rbac.authorization.k8s.io"    = ["clusterrolebindings", "clusterroles", "rolebindings", "roles"]
    "storage.k8s.io"               = ["storageclasses"]
    "scheduling.k8s.io"            = ["priorityclasses"]
    "metrics.k8s.io"               = ["nodes", "pods"]
    "apiextensions.k8s.io"         = ["customresourcedefinitions"]
    "cert-manager.io"              = ["certificates", "certificaterequests", "issuers", "clusterissuers"]
    "external-secrets.io"          = ["externalsecrets", "secretstores"]
    "monitoring.coreos.com"        = ["alertmanagers", "prometheuses", "prometheusrules", "probes", "scrapeconfigs", "servicemonitors", "podmonitors"]
    "postgresql.cnpg.io"           = ["backups", "clusters", "poolers", "scheduledbackups"]
    "kafka.strimzi.io"             = ["kafkas", "kafkanodepools", "kafkatopics", "kafkausers"]
    "chaos-mesh.org"               = ["dnschaos", "httpchaos", "iochaos", "networkchaos", "podchaos", "schedules", "stresschaos", "timechaos", "workflows"]
    "litmuschaos.io"               = ["chaosengines", "chaosexperiments", "chaosresults"]
    "admissionregistration.k8s.io" = ["validatingadmissionpolicies", "validatingadmissionpolicybindings"]
  }

  # Cluster-wide for on-call: take a node out of service, stop an experiment.
  on_call_cluster = {
    cordon = { group = "", resources = ["nodes"], verbs = ["patch"] }
    drain  = { group = "", resources = ["pods/eviction"], verbs = ["create"] }
    mesh   = { group = "chaos-mesh.org", resources = local.viewer["chaos-mesh.org"], verbs = ["delete", "patch"] }
    litmus = { group = "litmuschaos.io", resources = ["chaosengines"], verbs = ["delete", "patch"] }
  }

  # In var.namespaces: restart, scale, remove a pod.
  on_call = {
    pods    = { group = "", resources = ["pods"], verbs = ["delete"] }
    restart = { group = "apps", resources = ["daemonsets", "deployments", "statefulsets"], verbs = ["patch"] }
    scale   = { group = "apps", resources = ["deployments/scale", "statefulsets/scale"], verbs = ["get", "patch", "update"] }
    limits  = { group = "autoscaling", resources = ["horizontalpodautoscalers"], verbs = ["patch"] }
  }

  # In var.namespaces: roll out, roll back, run a job again. Releases themselves are CI's.
  release_engineer = {
    rollout = { group = "apps", resources = ["daemonsets", "deployments", "statefulsets"], verbs = ["get", "list", "patch", "update", "watch"] }
    history = { group = "apps", resources = ["controllerrevisions", "replicasets"], verbs = ["get", "list", "watch"] }
    scale   = { group = "apps", resources = ["deployments/scale", "statefulsets/scale"], verbs = ["get", "patch", "update"] }
    jobs    = { group = "batch", resources = ["jobs"], verbs = ["create", "delete", "get", "list", "watch"] }
  }

  # One binding a role and group, and for namespaced roles a namespace.
  cluster_bindings = merge([
    for role, wanted in {
      ballast-viewer  = concat(var.groups.viewer, var.groups.on_call, var.groups.release_engineer, var.groups.break_glass)
      ballast-on-call = var.groups.on_call
    } : { for group in toset(wanted) : "${role}/${group}" => { role = role, group = group } }
  ]...)

  bindings = merge(flatten([
    for role, wanted in { ballast-on-call-workloads = var.groups.on_call, ballast-release-engineer = var.groups.release_engineer } : [
      for group in wanted : { for namespace in var.namespaces : "${role}/${namespace}/${group}" => { role = role, group = group, namespace = namespace } }
    ]
  ])...)

  # Names of bindings from names of groups: what they may hold, and a few letters that keep two alike apart.
  suffix = {
    for group in toset(flatten(values(var.groups))) :
    group => "${trim(replace(lower(group), "/[^a-z0-9]+/", "-"), "-")}-${substr(sha256(group), 0, 6)}"
  }
}

resource "kubernetes_cluster_role_v1" "viewer" {
  metadata {
    name = "ballast-viewer"
  }

  dynamic "rule" {
    for_each = local.viewer
    content {
      api_groups = [rule.key]
      resources  = rule.value
      verbs      = ["get", "list", "watch"]
    }
  }
}

resource "kubernetes_cluster_role_v1" "on_call" {
  metadata {
    name = "ballast-on-call"
  }

  dynamic "rule" {
    for_each = local.on_call_cluster
    content {
      api_groups = [rule.value.group]
      resources  = rule.value.resources
      verbs      = rule.value.verbs
    }
  }
}

resource "kubernetes_cluster_role_v1" "on_call_workloads" {
  metadata {
    name = "ballast-on-call-workloads"
  }

  dynamic "rule" {
    for_each = local.on_call
    content {
      api_groups = [rule.value.group]
      resources  = rule.value.resources
      verbs      = rule.value.verbs
    }
  }
}

resource "kubernetes_cluster_role_v1" "release_engineer" {
  metadata {
    name = "ballast-release-engineer"
  }

  dynamic "rule" {
    for_each = local.release_engineer
    content {
      api_groups = [rule.value.group]
      resources  = rule.value.resources
      verbs      = rule.value.verbs
    }
  }
}

resource "kubernetes_cluster_role_binding_v1" "this" {
  for_each = local.cluster_bindings

  metadata {
    name = "ballast-${each.value.role}-${local.suffix[each.value.group]}"
  }

  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = each.value.role
  }

  subject {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Group"
    name      = each.value.group
  }

  depends_on = [kubernetes_cluster_role_v1.viewer, kubernetes_cluster_role_v1.on_call]
}

resource "kubernetes_role_binding_v1" "this" {
  for_each = local.bindings

  metadata {
    name      = "${each.value.role}-${local.suffix[each.value.group]}"
    namespace = each.value.namespace
  }

  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = each.value.role
  }

  subject {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Group"
    name      = each.value.group
  }

  depends_on = [kubernetes_cluster_role_v1.on_call_workloads, kubernetes_cluster_role_v1.release_engineer]
}
