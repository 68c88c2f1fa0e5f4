# Kafka by Strimzi, KRaft: three controllers and three brokers over zones. Clients speak mutual TLS with certificates of our authority;
# what they may do stands in `users`. Brokers, controllers and operators among themselves use Strimzi's own authority, always by mTLS.

locals {
  chart = jsondecode(file("${path.module}/../charts.json"))["strimzi-kafka-operator"]
}

resource "helm_release" "operator" {
  name       = "strimzi"
  namespace  = var.namespace
  repository = dirname(local.chart.source)
  chart      = basename(local.chart.source)
  version    = local.chart.version

  values = [yamlencode(local.operator_values)]

  atomic          = true
  cleanup_on_fail = true
  wait            = true
  timeout         = 600
  max_history     = 5
}

module "cluster" {
  source          = "../kubernetes-objects"
  name            = "kafka-cluster"
  namespace       = var.namespace
  objects         = { for key, document in local.cluster_objects : key => jsonencode(document) }
  timeout_seconds = 900

  # The kinds are the operator's.
  depends_on = [helm_release.operator]
}

# Topics and users change more often than the cluster, and are the topic and user operators' who live in it.
module "content" {
  source    = "../kubernetes-objects"
  name      = "kafka-content"
  namespace = var.namespace
  objects   = { for key, document in merge(local.topics, local.users) : key => jsonencode(document) }

  depends_on = [module.cluster]
}
