output "endpoints" {
  description = "What others call, each by mutual TLS: `push` takes spans (OTLP over gRPC), `query` answers TraceQL and trace ids."
  value = {
    push  = { host = "tempo-distributor.${var.namespace}.svc", port = 4317, protocol = "grpcs", server_name = var.tls.server_name }
    query = { host = "tempo-query-frontend.${var.namespace}.svc", port = 3200, protocol = "https", server_name = var.tls.server_name }
  }
}

output "kafka_advertised" {
  description = "What Kafka's listener for Tempo has to advertise, in the order of the brokers."
  value       = [for index in range(length(var.kafka.brokers)) : { host = "127.0.0.1", port = local.brokers["kafka-${index}"].port }]
}
