locals {
  name  = "kafka"
  ports = { tls = 9093, loopback = 9094 }

  # Where the authority of our certificates is within a broker: Strimzi admits mounts below /mnt only.
  trust = "/mnt/authority"

  replicas = { operator = 2, brokers = var.sizing.broker.replicas, controllers = var.sizing.controller.replicas }

  # With no more pods than zones each has one of its own, also while there is no node in it.
  domains = { for part, replicas in local.replicas : part => { for zones in [length(distinct(var.zones))] : "minDomains" => zones if replicas <= zones } }

  # Half of the memory is the heap, the other half the page cache that Kafka lives by.
  heap = { for pool, sizing in { brokers = var.sizing.broker, controllers = var.sizing.controller } : pool => "${floor(sizing.memory_mb / 2)}m" }

  # Nothing that was acknowledged is lost with one broker gone, and nobody waits for it.
  kafka_config = {
    "default.replication.factor"               = 3
    "min.insync.replicas"                      = 2
    "offsets.topic.replication.factor"         = 3
    "transaction.state.log.replication.factor" = 3
    "transaction.state.log.min.isr"            = 2
    "unclean.leader.election.enable"           = false
    "auto.create.topics.enable"                = false
    "message.max.bytes"                        = 1048576
    "ssl.enabled.protocols"                    = "TLSv1.3,TLSv1.2"
  }

  # Strimzi's `tls` authentication trusts only certificates that Strimzi itself signs, in secrets of this namespace; `custom` trusts
  # our authority, so that a component has one certificate for everything. A client is `CN=<common name>`, as a KafkaUser's ACLs say.
  listener = {
    name = "tls"
    port = local.ports.tls
    type = "internal"
    tls  = true
    authentication = {
      type = "custom"
      sasl = false
      listenerConfig = {
        "ssl.client.auth"         = "required"
        "ssl.truststore.type"     = "PEM"
        "ssl.truststore.location" = "${local.trust}/ca.crt"
      }
    }
    configuration = {
      brokerCertChainAndKey = { secretName = var.tls.secret_name, certificate = "tls.crt", key = "tls.key" }
    }
  }

  # For clients without TLS of their own (Tempo 3.0), which connect through sidecars in their pods: a Kafka client goes where the broker
  # says it is, so broker N says 127.0.0.1:(19090 + N), and there the sidecar waits that leads to it.
  loopback = merge(local.listener, {
    name = "loopback"
    port = local.ports.loopback
    configuration = merge(local.listener.configuration, {
      brokers = [for id in range(var.sizing.broker.replicas) : { broker = id, advertisedHost = "127.0.0.1", advertisedPort = 19090 + id }]
    })
  })

  pod = {
    priorityClassName = var.priority_class
    tolerations       = var.scheduling.tolerations
    affinity = {
      nodeAffinity = {
        requiredDuringSchedulingIgnoredDuringExecution = {
          nodeSelectorTerms = [{ matchExpressions = [for key, value in var.scheduling.node_selector : { key = key, operator = "In", values = [value] }] }]
        }
      }
    }
  }

  pools = {
    for pool, given in {
      brokers     = { role = "broker", sizing = var.sizing.broker, ids = "[0-99]" }
      controllers = { role = "controller", sizing = var.sizing.controller, ids = "[100-199]" }
      } : "kafkanodepool/${pool}" => {
      apiVersion = "kafka.strimzi.io/v1"
      kind       = "KafkaNodePool"
      metadata = {
        name        = pool
        namespace   = var.namespace
        labels      = { "strimzi.io/cluster" = local.name }
        annotations = { "strimzi.io/next-node-ids" = given.ids } # brokers are 0, 1, 2: listener loopback counts on it
      }
      spec = {
        replicas = local.replicas[pool]
        roles    = [given.role]
        storage = {
          type = "jbod"
          volumes = [{
            id            = 0
            type          = "persistent-claim"
            size          = "${given.sizing.storage_gb}Gi"
            class         = var.storage_class
            deleteClaim   = false
            kraftMetadata = "shared"
          }]
        }
        resources = {
          requests = { cpu = given.sizing.cpu, memory = "${given.sizing.memory_mb}Mi" }
          limits   = { memory = "${given.sizing.memory_mb}Mi" }
        }
        jvmOptions = { "-Xms" = local.heap[pool], "-Xmx" = local.heap[pool] }
        template = {
          pod = merge(local.pod, {
            volumes = [{ name = "authority", secret = { secretName = var.tls.secret_name, items = [{ key = "ca.crt", path = "ca.crt" }] } }]
            topologySpreadConstraints = [merge(local.domains[pool], {
              maxSkew           = 1
              topologyKey       = "topology.kubernetes.io/zone"
              whenUnsatisfiable = "DoNotSchedule"
              labelSelector     = { matchLabels = { "strimzi.io/cluster" = local.name, "strimzi.io/pool-name" = pool } }
            })]
          })
          kafkaContainer = { volumeMounts = [{ name = "authority", mountPath = local.trust, readOnly = true }] }
        }
      }
    }
  }

  kafka = {
    apiVersion = "kafka.strimzi.io/v1"
    kind       = "Kafka"
    metadata   = { name = local.name, namespace = var.namespace }
    spec = {
      kafka = {
        listeners     = [local.listener, local.loopback]
        config        = local.kafka_config
        authorization = { type = "simple" }
        rack          = { topologyKey = "topology.kubernetes.io/zone" }
        template      = { podDisruptionBudget = { maxUnavailable = 1 } }
      }
      clusterCa = { generateCertificateAuthority = true, validityDays = 365, renewalDays = 60 }
      clientsCa = { generateCertificateAuthority = true, validityDays = 365, renewalDays = 60 }
      entityOperator = {
        topicOperator = { resources = { requests = { cpu = "50m", memory = "256Mi" }, limits = { memory = "256Mi" } } }
        userOperator  = { resources = { requests = { cpu = "50m", memory = "256Mi" }, limits = { memory = "256Mi" } } }
        template      = { pod = local.pod }
      }
      maintenanceTimeWindows = ["* * 2-4 ? * MON-THU *"]
    }
  }

  cluster_objects = merge({ "kafka/${local.name}" = local.kafka }, local.pools)

  topics = {
    for name, topic in var.topics : "kafkatopic/${name}" => {
      apiVersion = "kafka.strimzi.io/v1"
      kind       = "KafkaTopic"
      metadata   = { name = name, namespace = var.namespace, labels = { "strimzi.io/cluster" = local.name } }
      spec = {
        topicName  = name
        partitions = topic.partitions
        replicas   = 3
        config = {
          "min.insync.replicas" = 2
          "cleanup.policy"      = "delete"
          "retention.ms"        = topic.retention_days * 24 * 60 * 60 * 1000
          "retention.bytes"     = -1
          "compression.type"    = "producer"
        }
      }
    }
  }

  users = {
    for name, user in var.users : "kafkauser/${name}" => {
      apiVersion = "kafka.strimzi.io/v1"
      kind       = "KafkaUser"
      metadata   = { name = name, namespace = var.namespace, labels = { "strimzi.io/cluster" = local.name } }
      spec = {
        authentication = { type = "tls-external" }
        authorization = {
          type = "simple"
          acls = concat(
            [for topic in user.produces : { resource = { type = "topic", name = topic, patternType = "literal" }, operations = ["Describe", "Write"], host = "*", type = "allow" }],
            [for topic in user.consumes : { resource = { type = "topic", name = topic, patternType = "literal" }, operations = ["Describe", "Read"], host = "*", type = "allow" }],
            # Its consumer groups begin with its own name, or are named here: nobody moves another's place in a topic.
            [for group in concat([name], user.groups) : { resource = { type = "group", name = group, patternType = "prefix" }, operations = ["Describe", "Read"], host = "*", type = "allow" } if length(user.consumes) > 0],
            [for cluster in ["*"] : { resource = { type = "cluster" }, operations = ["Describe", "DescribeConfigs"], host = cluster, type = "allow" } if user.observes],
            [for everything in ["topic", "group"] : { resource = { type = everything, name = "*", patternType = "literal" }, operations = ["Describe"], host = "*", type = "allow" } if user.observes],
          )
        }
      }
    }
  }
}
