output "roles" {
  description = "ClusterRoles by what people are: what a group is bound to, cluster-wide and in the namespaces."
  value = {
    viewer           = [kubernetes_cluster_role_v1.viewer.metadata[0].name]
    on_call          = [kubernetes_cluster_role_v1.on_call.metadata[0].name, kubernetes_cluster_role_v1.on_call_workloads.metadata[0].name]
    release_engineer = [kubernetes_cluster_role_v1.release_engineer.metadata[0].name]
  }
}

output "break_glass" {
  description = "How to ask for emergency access."
  value       = "kubectl create token ${kubernetes_service_account_v1.break_glass.metadata[0].name} -n ${var.break_glass.namespace} --duration=${var.break_glass.max_minutes}m"
}
