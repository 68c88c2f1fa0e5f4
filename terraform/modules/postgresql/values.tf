locals {
  name  = "postgresql"
  ports = { postgresql = 5432, metrics = 9188, status = 9189 }

  # Roles that sign in by certificate: the owner of each database, whose name is its certificate's common name. Vault makes others
  # for a while, members of the owner, that sign in by password and certificate.
  owners = { for name, database in var.databases : coalesce(database.owner, name) => name... }

  roles = concat(
    [for role in keys(local.owners) : { name = role, ensure = "present", login = true, disablePassword = true, comment = "Owner of ${join(", ", local.owners[role])}, by certificate" }],
    [
      { name = var.issuer_role, ensure = "present", login = true, disablePassword = true, createrole = true, comment = "Makes short-lived roles, by certificate" },
    ],
  )

  # Read from the top, the first that fits decides. CloudNativePG puts its own rules for replication before these, and a last one for
  # passwords after them, which `reject` keeps from being reached: whoever connects over the network shows a certificate.
  pg_hba = concat(
    [for role, databases in local.owners : "hostssl ${join(",", databases)} ${role} all cert"],
    # Before the next, for it is a member of every owner, too.
    ["hostssl all ${var.issuer_role} all cert"],
    [for role, databases in local.owners : "hostssl ${join(",", databases)} +${role} all scram-sha-256 clientcert=verify-ca"],
    ["host all all all reject"],
  )

  # Grants that only a superuser can give, at the birth of the cluster; README has them for a database that is added later.
  post_init_sql = concat(
    [
      "CREATE ROLE \"${var.issuer_role}\" LOGIN CREATEROLE",
      # To end the sessions of what it takes back.
      "GRANT pg_signal_backend TO \"${var.issuer_role}\"",
    ],
    flatten([for role in keys(local.owners) : [
      "CREATE ROLE \"${role}\" LOGIN",
      "GRANT \"${role}\" TO \"${var.issuer_role}\" WITH ADMIN OPTION, INHERIT FALSE",
    ]]),
  )

  parameters = {
    archive_timeout            = "60s"
    max_connections            = tostring(var.max_connections)
    ssl_min_protocol_version   = "TLSv1.3"
    log_connections            = "on"
    log_lock_waits             = "on"
    log_min_duration_statement = "1s"
    idle_session_timeout       = "1h"
    password_encryption        = "scram-sha-256"
    wal_compression            = "on"
  }

  scheme = { aws = "s3", gcp = "gs" }[var.object_storage.cloud]

  object_store = {
    for generation in distinct(concat([var.generation], var.recovery[*].generation)) : generation => merge(
      {
        destinationPath = "${local.scheme}://${var.object_storage.bucket}/${local.name}"
        serverName      = "${local.name}-${generation}"
        wal             = { compression = "zstd", maxParallel = 4 }
        data            = { compression = "gzip", jobs = 2, immediateCheckpoint = false }
      },
      {
        aws = { s3Credentials = { inheritFromIAMRole = true } }
        gcp = { googleCredentials = { gkeEnvironment = true } }
      }[var.object_storage.cloud],
    )
  }

  initdb = {
    initdb = {
      database      = local.name
      owner         = local.name
      dataChecksums = true
      encoding      = "UTF8"
      postInitSQL   = local.post_init_sql
    }
  }

  bootstrap = merge(
    { for fresh in ["initdb"] : fresh => local.initdb.initdb if var.recovery == null },
    { for recovery in var.recovery[*] : "recovery" => merge(
      { source = "archive" },
      { for time in recovery.target_time[*] : "recoveryTarget" => { targetTime = time } },
    ) },
  )

  cluster = {
    apiVersion = "postgresql.cnpg.io/v1"
    kind       = "Cluster"
    metadata = {
      name      = local.name
      namespace = var.namespace
      annotations = {
        # The documented way, if an experimental one, to a second container.
        "cnpg.io/podPatch" = jsonencode(concat(
          [for container in module.sidecar.containers : { op = "add", path = "/spec/containers/-", value = container }],
          [for volume in module.sidecar.volumes : { op = "add", path = "/spec/volumes/-", value = volume }],
        ))
      }
    }
    spec = merge(
      {
        instances             = var.sizing.replicas
        imageName             = local.images["postgresql"]
        enablePDB             = true
        enableSuperuserAccess = false
        priorityClassName     = var.priority_class
        bootstrap             = local.bootstrap

        # A standby takes over when the primary is gone: at once, and only one that has all that was acknowledged.
        primaryUpdateStrategy = "unsupervised"
        primaryUpdateMethod   = "switchover"
        failoverDelay         = 0
        switchoverDelay       = 60

        serviceAccountTemplate = { metadata = { annotations = var.identity.annotations } }

        certificates = {
          serverTLSSecret      = var.tls.secret_name
          serverCASecret       = var.tls.secret_name
          clientCASecret       = var.tls.secret_name
          replicationTLSSecret = var.replication_tls.secret_name
        }

        postgresql = {
          parameters = local.parameters
          pg_hba     = local.pg_hba
          synchronous = {
            method         = "any"
            number         = 1
            dataDurability = "required"
            failoverQuorum = true
          }
        }
        managed = { roles = local.roles }

        storage    = { size = "${var.sizing.storage_gb}Gi", storageClass = var.storage_class, resizeInUseVolumes = true }
        walStorage = { size = "${max(5, ceil(var.sizing.storage_gb / 4))}Gi", storageClass = var.storage_class, resizeInUseVolumes = true }

        resources = {
          requests = { cpu = var.sizing.cpu, memory = var.sizing.memory }
          limits   = { memory = var.sizing.memory }
        }
        seccompProfile = { type = "RuntimeDefault" }

        affinity = {
          enablePodAntiAffinity = true
          podAntiAffinityType   = "required"
          topologyKey           = "kubernetes.io/hostname"
          nodeSelector          = var.scheduling.node_selector
          tolerations           = var.scheduling.tolerations
        }
        # With no more instances than zones each zone has one, also while there is no node in it.
        topologySpreadConstraints = [merge(
          {
            maxSkew           = 1
            topologyKey       = "topology.kubernetes.io/zone"
            whenUnsatisfiable = "DoNotSchedule"
            labelSelector     = { matchLabels = { "cnpg.io/cluster" = local.name } }
          },
          { for zones in [length(distinct(var.zones))] : "minDomains" => zones if var.sizing.replicas <= zones },
        )]

        backup = {
          barmanObjectStore = local.object_store[var.generation]
          retentionPolicy   = "${var.retention_days}d"
          target            = "prefer-standby"
        }
      },
      { for recovery in var.recovery[*] : "externalClusters" => [{ name = "archive", barmanObjectStore = local.object_store[recovery.generation] }] },
    )
  }

  objects = merge(
    { "cluster/${local.name}" = local.cluster },
    {
      # The operator promotes a standby: one of its two pods has to stay. Its chart makes no budget.
      "poddisruptionbudget/cloudnative-pg" = {
        apiVersion = "policy/v1"
        kind       = "PodDisruptionBudget"
        metadata   = { name = "cloudnative-pg", namespace = var.namespace }
        spec       = { minAvailable = 1, selector = { matchLabels = local.operator_labels } }
      }
    },
    {
      "scheduledbackup/${local.name}" = {
        apiVersion = "postgresql.cnpg.io/v1"
        kind       = "ScheduledBackup"
        metadata   = { name = local.name, namespace = var.namespace }
        spec = {
          cluster              = { name = local.name }
          schedule             = var.backup_schedule
          immediate            = true
          method               = "barmanObjectStore"
          backupOwnerReference = "cluster"
          target               = "prefer-standby"
        }
      }
    },
    {
      for name, database in var.databases : "database/${name}" => {
        apiVersion = "postgresql.cnpg.io/v1"
        kind       = "Database"
        metadata   = { name = name, namespace = var.namespace }
        spec = {
          name                  = name
          owner                 = coalesce(database.owner, name)
          cluster               = { name = local.name }
          ensure                = "present"
          databaseReclaimPolicy = "retain"
          connectionLimit       = database.connection_limit
        }
      }
    },
  )
}
