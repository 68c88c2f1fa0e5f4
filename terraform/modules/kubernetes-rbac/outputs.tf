output "break_glass" {
  description = "How to ask for emergency access."
  value       = "kubectl create token ${kubernetes_service_account_v1.break_glass.metadata[0].name} -n ${var.break_glass.namespace} --duration=${var.break_glass.max_minutes}m"
}
