output "endpoints" {
  description = "Where clients connect, with a certificate: `rw` is the primary, `ro` a standby."
  value = {
    rw = { host = "${local.name}-rw.${var.namespace}.svc", port = local.ports.postgresql, protocol = "postgresql", server_name = var.tls.server_name }
    ro = { host = "${local.name}-ro.${var.namespace}.svc", port = local.ports.postgresql, protocol = "postgresql", server_name = var.tls.server_name }
  }
  depends_on = [module.objects]
}

output "archive" {
  description = "Where backups are and how far back they go: for the restore drill and its alert."
  value = {
    path           = "${local.object_store[var.generation].destinationPath}/${local.object_store[var.generation].serverName}"
    retention_days = var.retention_days
    lag_seconds    = 60
  }
}

output "metrics" {
  description = "What Prometheus scrapes: a port of each pod with these labels, with a certificate."
  value = {
    namespace   = var.namespace
    labels      = { "cnpg.io/cluster" = local.name }
    port        = local.ports.metrics
    server_name = var.tls.server_name
  }
}
