output "namespace_annotations" {
  description = "Annotations for each target's namespace, without which the engine leaves it alone: for module namespace-baseline, or whoever owns the namespace."
  value = {
    for name in keys(var.targets) : name => {
      chaos-mesh = { "chaos-mesh.org/inject" = "enabled" }
      litmus     = { "litmuschaos.io/chaos" = "true" }
    }[var.engine]
  }
}

output "runner" {
  description = "The service account that runs experiments, and what it may make where: API group and kinds by namespace."
  value = {
    namespace       = var.namespace
    service_account = kubernetes_service_account_v1.runner.metadata[0].name
    api_group       = local.api_group
    kinds           = { for name, role in kubernetes_role_v1.runner : name => sort(role.rule[0].resources) }
  }
}
