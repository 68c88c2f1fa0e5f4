output "endpoints" {
  description = "Where clients connect first, with a certificate; brokers then name themselves (kafka-brokers-N.kafka-kafka-brokers)."
  value = {
    bootstrap = { host = "${local.name}-kafka-bootstrap.${var.namespace}.svc", port = local.ports.tls, protocol = "kafka", server_name = var.tls.server_name }
  }
  depends_on = [module.cluster]
}

output "loopback" {
  description = "What clients with sidecars connect to (module tempo's `kafka`): broker N advertises itself as 127.0.0.1:(19090 + N)."
  value = {
    bootstrap = { host = "${local.name}-kafka-bootstrap.${var.namespace}.svc", port = local.ports.loopback, server_name = var.tls.server_name }
    brokers = [
      for id in range(var.sizing.broker.replicas) : { host = "${local.name}-brokers-${id}.${local.name}-kafka-brokers.${var.namespace}.svc", port = local.ports.loopback, server_name = var.tls.server_name }
    ]
  }
  depends_on = [module.cluster]
}

output "topics" {
  description = "Topics by name, with their partitions and what their retention is in days."
  value       = { for name, topic in var.topics : name => { partitions = topic.partitions, retention_days = topic.retention_days } }
  depends_on  = [module.content]
}
