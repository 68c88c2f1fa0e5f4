output "endpoints" {
  description = "What others call, by mutual TLS: `otlp` takes traces, logs and metrics (OTLP over gRPC). `heartbeat` takes Alertmanager's webhook on Google Cloud; elsewhere it is missing."
  value = merge(
    { otlp = { host = "collector.${var.namespace}.svc", port = 4317, protocol = "grpcs", path = "", server_name = var.tls["collector"].server_name } },
    { for heartbeat in var.heartbeat[*] : "heartbeat" => { host = "collector-heartbeat.${var.namespace}.svc", port = 8088, protocol = "https", path = "/heartbeat", server_name = var.tls["collector"].server_name } },
  )
}
