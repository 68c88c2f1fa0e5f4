output "containers" {
  description = "Containers for the pod: servers, then clients, relays and health."
  value       = concat(local.servers, local.clients, local.relays, local.health)
}

output "volumes" {
  description = "Volumes for the pod."
  value       = [{ name = local.volume, secret = { secretName = var.secret_name, defaultMode = 288 } }]
}

output "mounts" {
  description = "Mounts of the same certificate for the application's own container."
  value       = local.mounts
}

output "files" {
  description = "Where certificate, key and authority are within the pod."
  value       = { cert = "${local.folder}/tls.crt", key = "${local.folder}/tls.key", ca = "${local.folder}/ca.crt" }
}
