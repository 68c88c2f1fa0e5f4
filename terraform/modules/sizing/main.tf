# What each component's module takes as `sizing`.

locals {
  sizing = {
    certificates = { replicas = 2, cpu = "50m", memory = "128Mi" }
    prometheus = {
      prometheus   = { replicas = 2, cpu = local.cpu.prometheus, memory = local.memory.prometheus, storage_gb = local.gb.prometheus }
      alertmanager = { replicas = 3, cpu = "200m", memory = "256Mi", storage_gb = 5 }
    }
    thanos = {
      receive        = { replicas = local.receivers, cpu = local.cpu.receive, memory = local.memory.receive, storage_gb = local.gb.receive }
      query          = { replicas = 3, cpu = "1", memory = local.memory.query }
      query_frontend = { replicas = 2, cpu = "500m", memory = "2Gi" }
      store          = { replicas = 3, cpu = "1", memory = local.memory.store, storage_gb = local.gb.store }
      compactor      = { cpu = "2", memory = local.memory.compactor, storage_gb = local.gb.compactor }
      ruler          = { replicas = 2, cpu = "500m", memory = "1Gi", storage_gb = 10 }
    }
    victoriametrics = {
      insert  = { replicas = 3, cpu = local.cpu.insert, memory = "1Gi" }
      select  = { replicas = 3, cpu = "1", memory = "2Gi" }
      storage = { replicas = local.storage_nodes, cpu = local.cpu.victoria, memory = local.memory.victoria, storage_gb = local.gb.victoria }
    }
    loki = {
      distributor     = { replicas = local.log_distributors, cpu = "1", memory = "1Gi" }
      ingester        = { replicas = local.log_ingesters, cpu = "2", memory = "8Gi", storage_gb = local.gb.ingester }
      querier         = { replicas = local.log_queriers, cpu = "1", memory = "2Gi" }
      query_frontend  = { replicas = 2, cpu = "250m", memory = "1Gi" }
      query_scheduler = { replicas = 2, cpu = "100m", memory = "256Mi" }
      index_gateway   = { replicas = 2, cpu = "250m", memory = "1Gi", storage_gb = 20 }
      compactor       = { cpu = "500m", memory = "2Gi", storage_gb = 20 }
    }
    tempo = {
      distributor       = { replicas = local.span_distributors, cpu = "1", memory = "1Gi" }
      live_store        = { cpu = "1", memory = "4Gi" }
      block_builder     = { cpu = "1", memory = "4Gi" }
      metrics_generator = { replicas = local.generators, cpu = "1", memory = "4Gi", storage_gb = 20 }
      querier           = { replicas = local.span_distributors, cpu = "500m", memory = "2Gi" }
      query_frontend    = { replicas = 2, cpu = "250m", memory = "1Gi" }
      backend_scheduler = { cpu = "100m", memory = "512Mi", storage_gb = 5 }
      backend_worker    = { replicas = max(2, ceil(local.partitions / 3)), cpu = "500m", memory = "2Gi" }
    }
    collectors = {
      collector = { replicas = local.collectors, cpu = "1", memory = "2Gi" }
      agent     = { cpu = "100m", memory = "256Mi" }
    }
    grafana          = { replicas = 3, cpu = var.load.services > local.per.services_a_grafana ? "1" : "250m", memory = "${max(1, ceil(var.load.services / local.per.services_a_grafana))}Gi" }
    vault            = { replicas = 3, cpu = "500m", memory = "1Gi", storage_gb = 20, audit_gb = 10 }
    external_secrets = { replicas = 2, cpu = "50m", memory = "256Mi" }
    postgresql       = { replicas = 3, cpu = "1", memory = "4Gi", storage_gb = local.gb.sql }
    kafka = {
      broker     = { replicas = local.brokers, cpu = local.cpu.broker, memory_mb = ceil(local.gib.broker) * 1024, storage_gb = local.gb.broker }
      controller = { replicas = 3, cpu = "250m", memory_mb = 1024, storage_gb = 10 }
    }
    redis = { cpu = "100m", memory = "256Mi" }
    gateway = {
      replicas     = max(3, ceil(var.load.services / local.per.services_a_gateway))
      max_replicas = 2 * max(3, ceil(var.load.services / local.per.services_a_gateway))
      cpu          = "250m"
      memory       = "512Mi"
    }
  }
}
