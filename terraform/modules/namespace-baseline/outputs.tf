output "namespaces" {
  description = "Names of the namespaces, by name: modules that take one from here wait until it is there."
  value       = { for name, namespace in kubernetes_namespace_v1.this : name => namespace.metadata[0].name }
}

output "priority_classes" {
  description = "PriorityClasses: `page_path` for what a page depends on, `platform` for the rest."
  value = {
    page_path = kubernetes_priority_class_v1.this["page-path"].metadata[0].name
    platform  = kubernetes_priority_class_v1.this["platform"].metadata[0].name
  }
}

output "unrestricted" {
  description = "Namespaces whose pods may do more than Pod Security `restricted` allows, with the reason."
  value       = { for name, namespace in var.namespaces : name => namespace.reason if namespace.pod_security != "restricted" }
}
