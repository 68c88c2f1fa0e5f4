# From what is watched to replicas, requests and disks; and from those to the quota of each namespace, with room for a roll-out, the
# sidecars, the operators, and a mistake that is noticed.

module "sizing" {
  source = "../sizing"

  load           = var.load
  retention_days = { high_cardinality = var.retention_days.high_cardinality }
}

locals {
  sizing = module.sizing.sizing

  quotas = merge(
    {
      for name, total in module.sizing.totals : replace(name, "_", "-") => {
        cpu        = ceil(total.cpu * 2) + 4
        memory_gb  = ceil(total.memory_gb * 2) + 8
        pods       = total.pods * 2 + 20
        storage_gb = ceil(total.storage_gb * 1.5) + 10
      }
    },
    {
      # A pod of each agent on every node.
      agents = {
        cpu        = var.load.nodes
        memory_gb  = var.load.nodes * 2
        pods       = var.load.nodes * 6
        storage_gb = 1
      }
    },
  )
}
