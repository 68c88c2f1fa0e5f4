# Tempo 3 in microservices: distributors write spans to Kafka, from which block builders make blocks in object storage, live stores
# answer for what is not in a block yet, and metrics generators make RED metrics and the service graph.

locals {
  chart = jsondecode(file("${path.module}/../charts.json"))["tempo-distributed"]
  image = regex("^(?P<registry>[^/]+)/(?P<repository>[^:]+):(?P<tag>.+)$", jsondecode(file("${path.module}/../images.json"))["tempo"])

  # Tempo 3.0 cannot do TLS to Kafka (3.1 can: github.com/grafana/tempo/pull/7586). It speaks plainly to loopback, where a sidecar a
  # broker takes it on with our certificate; the brokers' listener for it advertises these very addresses.
  bootstrap_port = 19089

  brokers = {
    for index, broker in var.kafka.brokers : "kafka-${index}" => {
      port        = 19090 + index
      target      = "${broker.host}:${broker.port}"
      server_name = broker.server_name
    }
  }
}

# Gossip has TLS but asks for no certificate: a relay asks in its place.
module "mtls" {
  source = "../mtls-sidecar"

  secret_name = var.tls.secret_name
  relays      = { gossip = { port = 7946, target = 7947, server_name = var.tls.server_name } }
}

module "kafka" {
  source = "../mtls-sidecar"

  secret_name = var.tls.secret_name

  clients = merge(local.brokers, {
    kafka = {
      port        = local.bootstrap_port
      target      = "${var.kafka.bootstrap.host}:${var.kafka.bootstrap.port}"
      server_name = var.kafka.bootstrap.server_name
    }
  })
}

resource "helm_release" "this" {
  name       = "tempo"
  namespace  = var.namespace
  repository = trimsuffix(local.chart.source, "/tempo-distributed")
  chart      = "tempo-distributed"
  version    = local.chart.version
  values     = [yamlencode(local.values)]

  atomic          = true
  cleanup_on_fail = true
  wait            = true
  timeout         = 1200
  max_history     = 5
}
