# The sum of all requests by component: what node pools and quotas must hold. Sidecars and operators are not in it.

locals {
  # Each part as a list of pods' requests; parts that are as many as partitions, and one that is alone, say so here.
  pods = {
    certificates     = [merge(local.sizing.certificates, { replicas = 3 * local.sizing.certificates.replicas })]
    prometheus       = values(local.sizing.prometheus)
    thanos           = [for part in values(local.sizing.thanos) : merge({ replicas = 1 }, part)]
    victoriametrics  = values(local.sizing.victoriametrics)
    loki             = [for part in values(local.sizing.loki) : merge({ replicas = 1 }, part)]
    tempo            = [for name, part in local.sizing.tempo : merge({ replicas = contains(["live_store", "block_builder"], name) ? local.partitions : 1 }, part)]
    collectors       = [local.sizing.collectors.collector]
    agents           = [merge(local.sizing.collectors.agent, { replicas = var.load.nodes })]
    grafana          = [local.sizing.grafana]
    vault            = [merge(local.sizing.vault, { storage_gb = local.sizing.vault.storage_gb + local.sizing.vault.audit_gb })]
    external_secrets = [local.sizing.external_secrets]
    postgresql       = [local.sizing.postgresql]
    kafka            = [for part in values(local.sizing.kafka) : merge(part, { memory = "${part.memory_mb}Mi" })]
    redis            = [merge(local.sizing.redis, { replicas = 1 })]
    gateway          = [merge(local.sizing.gateway, { replicas = local.sizing.gateway.max_replicas })]
  }

  totals = {
    for component, parts in local.pods : component => {
      pods       = sum([for part in parts : part.replicas])
      cpu        = sum([for part in parts : part.replicas * (endswith(part.cpu, "m") ? tonumber(trimsuffix(part.cpu, "m")) / 1000 : tonumber(part.cpu))])
      memory_gb  = sum([for part in parts : part.replicas * (endswith(part.memory, "Mi") ? tonumber(trimsuffix(part.memory, "Mi")) / 1024 : tonumber(trimsuffix(part.memory, "Gi")))])
      storage_gb = sum([for part in parts : part.replicas * lookup(part, "storage_gb", 0)])
    }
  }
}
