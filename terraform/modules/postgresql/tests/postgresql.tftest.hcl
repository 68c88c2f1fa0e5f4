variables {
  databases       = { gateway = {}, ledger = { owner = "budget", connection_limit = 20 } }
  object_storage  = { cloud = "aws", bucket = "acme-backups" }
  identity        = { service_account = "postgresql", annotations = { "eks.amazonaws.com/role-arn" = "arn:aws:iam::123456789012:role/postgresql" } }
  tls             = { secret_name = "postgresql-tls", server_name = "postgresql-rw.postgresql.svc" }
  replication_tls = { secret_name = "postgresql-replication-tls", common_name = "streaming_replica" }
  storage_class   = "encrypted"

  scheduling = {
    node_selector = { "ballast.dev/pool" = "monitoring" }
    tolerations   = [{ key = "ballast.dev/monitoring", operator = "Equal", value = "true", effect = "NoSchedule" }]
  }
  zones          = ["a", "b", "c"]
  priority_class = "page-path"
  sizing         = { replicas = 3, cpu = "1", memory = "2Gi", storage_gb = 50 }
}

run "everybody_shows_a_certificate" {
  assert {
    condition = local.cluster.spec.postgresql.pg_hba == [
      "hostssl ledger budget all cert",
      "hostssl gateway gateway all cert",
      "hostssl all vault all cert",
      "hostssl ledger +budget all scram-sha-256 clientcert=verify-ca",
      "hostssl gateway +gateway all scram-sha-256 clientcert=verify-ca",
      "host all all all reject",
    ]
    error_message = "Somebody may sign in without a certificate, or into a database of another."
  }

  assert {
    condition = local.cluster.spec.certificates == {
      serverTLSSecret = "postgresql-tls", serverCASecret = "postgresql-tls", clientCASecret = "postgresql-tls", replicationTLSSecret = "postgresql-replication-tls"
    }
    error_message = "A certificate is not of our authority."
  }

  assert {
    condition     = alltrue([for role in local.cluster.spec.managed.roles : try(role.disablePassword, !role.login)])
    error_message = "A role has a password."
  }

  assert {
    condition     = local.owners == { budget = ["ledger"], gateway = ["gateway"] }
    error_message = "Somebody else owns a database."
  }
}

run "a_minute_is_lost_at_most" {
  assert {
    condition     = local.cluster.spec.postgresql.parameters.archive_timeout == "60s"
    error_message = "Changes wait longer than a minute for the archive."
  }

  assert {
    condition     = local.cluster.spec.postgresql.synchronous.number == 1 && local.cluster.spec.postgresql.synchronous.dataDurability == "required"
    error_message = "A change may be acknowledged that only the primary has."
  }

  assert {
    condition     = local.cluster.spec.backup.barmanObjectStore.destinationPath == "s3://acme-backups/postgresql" && local.cluster.spec.backup.barmanObjectStore.s3Credentials.inheritFromIAMRole
    error_message = "Backups go elsewhere, or by a key."
  }

  assert {
    condition     = local.objects["scheduledbackup/postgresql"].spec.schedule == "0 30 1 * * *"
    error_message = "No backup is made every day."
  }

  assert {
    condition     = output.archive == { path = "s3://acme-backups/postgresql/postgresql-1", retention_days = 35, lag_seconds = 60 }
    error_message = "The output says something else of the archive."
  }
}

run "a_zone_can_go" {
  assert {
    condition     = local.cluster.spec.instances == 3 && local.cluster.spec.enablePDB
    error_message = "There are fewer instances, or a drain may take them all."
  }

  assert {
    condition = alltrue([for rule in local.cluster.spec.topologySpreadConstraints : (
      rule.topologyKey == "topology.kubernetes.io/zone" && rule.whenUnsatisfiable == "DoNotSchedule" && rule.labelSelector.matchLabels["cnpg.io/cluster"] == "postgresql"
    )])
    error_message = "Instances are not kept apart over zones."
  }

  assert {
    condition     = yamldecode(helm_release.operator.values[0]).replicaCount == 2 && !yamldecode(helm_release.operator.values[0]).config.clusterWide
    error_message = "The operator is alone, or watches the whole cluster."
  }
}

run "metrics_are_behind_a_certificate" {
  assert {
    condition     = contains(jsondecode(local.cluster.metadata.annotations["cnpg.io/podPatch"])[0].value.args, "--allow-dns=prometheus")
    error_message = "Others than Prometheus may read metrics."
  }

  assert {
    condition     = output.metrics == { namespace = "postgresql", labels = { "cnpg.io/cluster" = "postgresql" }, port = 9188, server_name = "postgresql-rw.postgresql.svc" }
    error_message = "The output is not what Prometheus scrapes."
  }
}

run "clients_are_told_where" {
  assert {
    condition     = keys(module.objects.objects) == ["cluster/postgresql", "database/gateway", "database/ledger", "poddisruptionbudget/cloudnative-pg", "scheduledbackup/postgresql"]
    error_message = "An object is missing, or one too many is made."
  }

  assert {
    condition = output.endpoints == {
      rw = { host = "postgresql-rw.postgresql.svc", port = 5432, protocol = "postgresql", server_name = "postgresql-rw.postgresql.svc" }
      ro = { host = "postgresql-ro.postgresql.svc", port = 5432, protocol = "postgresql", server_name = "postgresql-rw.postgresql.svc" }
    }
    error_message = "An endpoint is not the operator's Service."
  }
}

run "a_restored_cluster_is_a_new_one" {
  variables {
    generation = 2
    recovery   = { generation = 1, target_time = "2026-03-01T09:30:00Z" }
  }

  assert {
    condition = local.cluster.spec.bootstrap == {
      recovery = { source = "archive", recoveryTarget = { targetTime = "2026-03-01T09:30:00Z" } }
    }
    error_message = "It does not start from the archive as it was then."
  }

  assert {
    condition     = local.cluster.spec.externalClusters[0].barmanObjectStore.serverName == "postgresql-1" && local.cluster.spec.backup.barmanObjectStore.serverName == "postgresql-2"
    error_message = "The new cluster writes over the archive that it reads."
  }
}

run "everything_can_be_told_otherwise" {
  variables {
    namespace       = "databases"
    databases       = { events = {} }
    issuer_role     = "openbao"
    max_connections = 100
    object_storage  = { cloud = "gcp", bucket = "acme-backups" }
    retention_days  = 14
    backup_schedule = "0 0 3 * * *"
    scrapers        = ["collector"]
    generation      = 3
    identity        = { service_account = "postgresql", annotations = { "iam.gke.io/gcp-service-account" = "postgresql@acme.iam.gserviceaccount.com" } }
    tls             = { secret_name = "db-tls", server_name = "postgresql-rw.databases.svc" }
    replication_tls = { secret_name = "replica-tls", common_name = "streaming_replica" }
    storage_class   = "fast"
    scheduling      = { node_selector = {}, tolerations = [] }
    zones           = ["a", "b", "c", "d"]
    priority_class  = "other"
    sizing          = { replicas = 5, cpu = "2", memory = "8Gi", storage_gb = 200 }
  }

  assert {
    condition     = local.cluster.spec.backup.barmanObjectStore.destinationPath == "gs://acme-backups/postgresql" && local.cluster.spec.backup.barmanObjectStore.googleCredentials.gkeEnvironment
    error_message = "Backups do not go to Google Cloud by the pod's identity."
  }

  assert {
    condition = alltrue([
      local.cluster.spec.storage == { size = "200Gi", storageClass = "fast", resizeInUseVolumes = true },
      local.cluster.spec.walStorage.size == "50Gi",
      local.cluster.spec.instances == 5,
      local.cluster.spec.backup.retentionPolicy == "14d",
      local.cluster.metadata.namespace == "databases",
      contains(local.cluster.spec.postgresql.pg_hba, "hostssl all openbao all cert"),
    ])
    error_message = "The cluster is not as it was told."
  }
}

run "a_name_that_is_no_name_is_refused" {
  command = plan
  variables {
    databases = { "Gateway!" = {} }
  }
  expect_failures = [var.databases]
}

run "a_reserved_name_is_refused" {
  command = plan
  variables {
    databases = { gateway = { owner = "streaming_replica" } }
  }
  expect_failures = [var.databases]
}

run "more_connections_than_there_are_are_refused" {
  command = plan
  variables {
    databases = { gateway = { connection_limit = 190 } }
  }
  expect_failures = [var.databases]
}

run "an_issuer_without_a_name_is_refused" {
  command = plan
  variables {
    issuer_role = "Vault Role"
  }
  expect_failures = [var.issuer_role]
}

run "thousands_of_connections_are_refused" {
  command = plan
  variables {
    max_connections = 5000
  }
  expect_failures = [var.max_connections]
}

run "another_cloud_is_refused" {
  command = plan
  variables {
    object_storage = { cloud = "azure", bucket = "acme" }
  }
  expect_failures = [var.object_storage]
}

run "a_day_of_retention_is_refused" {
  command = plan
  variables {
    retention_days = 1
  }
  expect_failures = [var.retention_days]
}

run "a_schedule_of_five_fields_is_refused" {
  command = plan
  variables {
    backup_schedule = "30 1 * * *"
  }
  expect_failures = [var.backup_schedule]
}

run "half_a_generation_is_refused" {
  command = plan
  variables {
    generation = 1.5
  }
  expect_failures = [var.generation]
}

run "writing_over_the_archive_that_is_read_is_refused" {
  command = plan
  variables {
    recovery = { generation = 1 }
  }
  expect_failures = [var.recovery]
}

run "a_target_that_is_no_time_is_refused" {
  command = plan
  variables {
    generation = 2
    recovery   = { generation = 1, target_time = "yesterday" }
  }
  expect_failures = [var.recovery]
}

run "another_name_for_standbys_is_refused" {
  command = plan
  variables {
    replication_tls = { secret_name = "x-tls", common_name = "replica" }
  }
  expect_failures = [var.replication_tls]
}

run "scrapers_that_everybody_is_are_refused" {
  command = plan
  variables {
    scrapers = ["localhost"]
  }
  expect_failures = [var.scrapers]
}

run "an_account_that_the_operator_does_not_make_is_refused" {
  command = plan
  variables {
    identity = { service_account = "backup", annotations = {} }
  }
  expect_failures = [var.identity]
}

run "no_storage_class_is_refused" {
  command = plan
  variables {
    storage_class = ""
  }
  expect_failures = [var.storage_class]
}

run "two_zones_are_refused" {
  command = plan
  variables {
    zones = ["a", "b"]
  }
  expect_failures = [var.zones]
}

run "two_instances_are_refused" {
  command = plan
  variables {
    sizing = { replicas = 2, cpu = "1", memory = "2Gi", storage_gb = 50 }
  }
  expect_failures = [var.sizing]
}

run "a_small_disk_is_refused" {
  command = plan
  variables {
    sizing = { replicas = 3, cpu = "1", memory = "2Gi", storage_gb = 5 }
  }
  expect_failures = [var.sizing]
}
