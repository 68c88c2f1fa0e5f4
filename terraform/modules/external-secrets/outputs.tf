output "secrets" {
  description = "Names of the Kubernetes secrets by component: modules that take one from here wait until it was asked for."
  value       = { for name, component in var.components : name => concat(keys(component.secrets), keys(component.databases)) }
  depends_on  = [module.objects]
}

output "service_accounts" {
  description = "By component, who signs in to Vault: what module vault-content binds the component's role to."
  value = {
    for name, account in kubernetes_service_account_v1.component : name => { namespace = account.metadata[0].namespace, service_account = account.metadata[0].name }
  }
}

output "endpoints" {
  description = "Where Prometheus scrapes the operator: each pod of the Service, with a client certificate."
  value = {
    metrics = { host = "${kubernetes_service_v1.metrics.metadata[0].name}.${var.namespace}.svc", port = 8443, protocol = "https", server_name = var.tls.server_name }
  }
}
