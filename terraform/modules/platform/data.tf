locals {
  # As many as all replicas of the gateway open (its tuning.connections), and one more while they are rolled out.
  gateways = local.sizing.gateway.max_replicas + 1
  databases = merge(
    { gateway = { connection_limit = max(50, 12 * local.gateways) }, grafana = { connection_limit = 50 } },
    # Two a replica that reads, and who writes: `ballast budget collect`, by credentials that Vault makes of the gateway's role.
    { for name in var.gateway.ledger[*] : name => { owner = "gateway", connection_limit = 10 + 2 * local.gateways } },
  )
}

module "vault" {
  source = "../vault"

  namespace      = module.namespaces.namespaces["vault"]
  cloud          = var.cloud
  unseal         = { key = var.cluster.keys["unseal"], region = var.cluster.cluster.region }
  tls            = local.tls["vault"]
  identity       = local.identities["vault"]
  scheduling     = local.scheduling
  zones          = local.zones
  priority_class = local.platform
  storage_class  = kubernetes_storage_class_v1.encrypted.metadata[0].name
  sizing         = local.sizing.vault
}

module "external_secrets" {
  source = "../external-secrets"

  namespace      = module.namespaces.namespaces["external-secrets"]
  vault          = { host = module.vault.endpoints["api"].host, port = module.vault.endpoints["api"].port }
  components     = local.secrets
  tls            = local.tls["external-secrets"]
  scheduling     = local.scheduling
  zones          = local.zones
  priority_class = local.platform
  sizing         = local.sizing.external_secrets
}

module "postgresql" {
  source = "../postgresql"

  namespace       = module.namespaces.namespaces["postgresql"]
  databases       = local.databases
  max_connections = max(200, 20 + sum([for database in values(local.databases) : database.connection_limit]))
  object_storage  = { cloud = var.cloud, bucket = var.cluster.buckets["backups"].name }
  retention_days  = var.retention_days.backups
  tls             = local.tls["postgresql"]
  replication_tls = local.tls["postgresql-replication"]
  identity        = local.identities["postgresql"]
  storage_class   = kubernetes_storage_class_v1.encrypted.metadata[0].name
  scheduling      = local.scheduling
  zones           = local.zones
  priority_class  = local.page_path
  sizing          = local.sizing.postgresql

  depends_on = [module.certificates]
}

module "kafka" {
  source = "../kafka"

  namespace      = module.namespaces.namespaces["kafka"]
  tls            = local.tls["kafka"]
  storage_class  = kubernetes_storage_class_v1.encrypted.metadata[0].name
  scheduling     = local.scheduling
  zones          = local.zones
  priority_class = local.platform
  sizing         = local.sizing.kafka

  topics = {
    alerts         = { partitions = 12, retention_days = 30 }
    audit          = { partitions = 1, retention_days = 400 }
    "tempo-traces" = { partitions = module.sizing.partitions, retention_days = 1 }
  }

  users = {
    gateway   = { produces = ["alerts", "audit"], consumes = ["alerts"] }
    collector = { observes = true }
    # Its live stores call their group as their pods, `tempo-live-store`; the other two names are Tempo's own.
    tempo = { produces = ["tempo-traces"], consumes = ["tempo-traces"], groups = ["block-builder", "metrics-generator"] }
  }
}

module "redis" {
  source = "../redis"

  namespace      = module.namespaces.namespaces["redis"]
  tls            = local.tls["redis"]
  scheduling     = local.scheduling
  priority_class = local.platform
  sizing         = local.sizing.redis

  users = {
    # Copies of what PostgreSQL holds, and token buckets, which a script of the gateway's takes from.
    gateway = {
      keys     = ["ballast:*"]
      commands = ["+@read", "+@write", "+@connection", "+eval", "+evalsha", "+script|load", "+time", "-@dangerous"]
    }
    # Replicas tell each other who notifies: prefix and channels are those of module grafana.
    grafana = {
      keys     = ["grafana-alerting:*"]
      channels = ["grafana-alerting:*"]
      commands = ["+@read", "+@write", "+@connection", "+@pubsub", "-@dangerous"]
    }
  }
}
