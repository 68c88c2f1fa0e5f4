variables {
  tls           = { secret_name = "kafka-tls", server_name = "kafka-kafka-bootstrap.kafka.svc" }
  storage_class = "encrypted"
  scheduling = {
    node_selector = { "ballast.dev/pool" = "monitoring" }
    tolerations   = [{ key = "ballast.dev/monitoring", operator = "Equal", value = "true", effect = "NoSchedule" }]
  }
  zones          = ["a", "b", "c"]
  priority_class = "platform"
  sizing = {
    broker     = { replicas = 3, cpu = "500m", memory_mb = 2048, storage_gb = 50 }
    controller = { replicas = 3, cpu = "200m", memory_mb = 1024, storage_gb = 10 }
  }
}

run "every_client_shows_a_certificate_of_ours" {
  assert {
    condition     = local.kafka.spec.kafka.listeners == [local.listener, local.loopback] && local.listener.tls && local.loopback.tls && local.loopback.authentication == local.listener.authentication
    error_message = "There is another listener, or one without TLS."
  }

  assert {
    condition     = [for broker in output.loopback.brokers : broker.host] == [for id in range(3) : "kafka-brokers-${id}.kafka-kafka-brokers.kafka.svc"] && output.loopback.bootstrap.port == local.loopback.port && [for broker in local.loopback.configuration.brokers : broker.advertisedPort] == [19090, 19091, 19092] && local.pools["kafkanodepool/brokers"].metadata.annotations["strimzi.io/next-node-ids"] == "[0-99]"
    error_message = "A client with sidecars would not find each broker where it says it is."
  }

  assert {
    condition = local.listener.authentication.listenerConfig == {
      "ssl.client.auth" = "required", "ssl.truststore.type" = "PEM", "ssl.truststore.location" = "/mnt/authority/ca.crt"
    }
    error_message = "No certificate is required, or another authority is trusted."
  }

  assert {
    condition = alltrue([for pool in values(local.pools) : (
      pool.spec.template.pod.volumes[0].secret.secretName == "kafka-tls" && pool.spec.template.kafkaContainer.volumeMounts[0].mountPath == "/mnt/authority"
    )])
    error_message = "The authority is not where the listener looks for it."
  }

  assert {
    condition     = output.endpoints == { bootstrap = { host = "kafka-kafka-bootstrap.kafka.svc", port = 9093, protocol = "kafka", server_name = "kafka-kafka-bootstrap.kafka.svc" } }
    error_message = "The endpoint is not the listener's."
  }
}

run "nobody_may_more_than_it_needs" {
  assert {
    condition     = local.kafka.spec.kafka.authorization == { type = "simple" }
    error_message = "There is a superuser, or no authorization."
  }

  assert {
    condition     = join(" ", [for user in values(local.users) : user.spec.authentication.type]) == "tls-external tls-external"
    error_message = "Strimzi makes keys for a user."
  }

  assert {
    condition = { for name, user in var.users : name => flatten([
      for acl in local.users["kafkauser/${name}"].spec.authorization.acls : [for operation in acl.operations : "${operation} ${acl.resource.type}:${try(acl.resource.name, "kafka")}"]
      ]) } == {
      gateway = [
        "Describe topic:alerts", "Write topic:alerts", "Describe topic:audit", "Write topic:audit",
        "Describe topic:alerts", "Read topic:alerts", "Describe group:gateway", "Read group:gateway",
      ]
      collector = ["Describe cluster:kafka", "DescribeConfigs cluster:kafka", "Describe topic:*", "Describe group:*"]
    }
    error_message = "Somebody may do something else."
  }
}

run "one_broker_can_go" {
  assert {
    condition     = [for part in ["operator", "brokers", "controllers"] : local.domains[part]["minDomains"]] == [3, 3, 3] && local.operator_values.topologySpreadConstraints[0].minDomains == 3 && local.pools["kafkanodepool/brokers"].spec.template.pod.topologySpreadConstraints[0].minDomains == 3
    error_message = "Two brokers may share a zone while another has no node."
  }

  assert {
    condition     = "${local.operator_values.defaultImageRegistry}/${local.operator_values.defaultImageRepository}/operator:${local.operator_values.defaultImageTag}" == jsondecode(file("${path.module}/../images.json"))["strimzi"]
    error_message = "Another operator than the pinned one runs."
  }

  assert {
    condition     = local.kafka_config["min.insync.replicas"] == 2 && local.kafka_config["default.replication.factor"] == 3 && !local.kafka_config["unclean.leader.election.enable"]
    error_message = "What was acknowledged can be lost with one broker, or nobody may write without it."
  }

  assert {
    condition     = alltrue([for topic in values(local.topics) : topic.spec.replicas == 3 && topic.spec.config["min.insync.replicas"] == 2])
    error_message = "A topic has fewer replicas."
  }

  assert {
    condition     = alltrue([for pool in values(local.pools) : pool.spec.replicas == 3 && pool.spec.template.pod.topologySpreadConstraints[0].whenUnsatisfiable == "DoNotSchedule"])
    error_message = "Brokers or controllers are not kept apart over zones."
  }

  assert {
    condition     = local.kafka.spec.kafka.rack.topologyKey == "topology.kubernetes.io/zone" && local.kafka.spec.kafka.template.podDisruptionBudget.maxUnavailable == 1
    error_message = "Replicas of a partition may share a zone, or a drain may take two brokers."
  }

  assert {
    condition     = local.topics["kafkatopic/audit"].spec.config["retention.ms"] == 34560000000
    error_message = "Audit events are not kept 400 days."
  }

  assert {
    condition     = output.topics == { alerts = { partitions = 12, retention_days = 30 }, audit = { partitions = 1, retention_days = 400 } }
    error_message = "The output says something else of topics."
  }
}

run "it_fits_the_restricted_standard" {
  assert {
    condition     = contains(yamldecode(helm_release.operator.values[0]).extraEnvs, { name = "STRIMZI_POD_SECURITY_PROVIDER_CLASS", value = "restricted" })
    error_message = "The operator makes pods that Pod Security refuses."
  }

  assert {
    condition     = keys(module.cluster.objects) == ["kafka/kafka", "kafkanodepool/brokers", "kafkanodepool/controllers"] && keys(module.content.objects) == ["kafkatopic/alerts", "kafkatopic/audit", "kafkauser/collector", "kafkauser/gateway"]
    error_message = "An object is missing, or one too many is made."
  }
}

run "everything_can_be_told_otherwise" {
  variables {
    namespace      = "bus"
    topics         = { events = { partitions = 3, retention_days = 7 } }
    users          = { shop = { consumes = ["events"], groups = ["till"] }, billing = { produces = ["events"] } }
    tls            = { secret_name = "bus-tls", server_name = "kafka-kafka-bootstrap.bus.svc" }
    storage_class  = "fast"
    scheduling     = { node_selector = { pool = "bus" }, tolerations = [] }
    zones          = ["a", "b", "c", "d"]
    priority_class = "other"
    sizing = {
      broker     = { replicas = 4, cpu = "2", memory_mb = 8192, storage_gb = 500 }
      controller = { replicas = 5, cpu = "1", memory_mb = 2048, storage_gb = 20 }
    }
  }

  assert {
    condition = alltrue([
      local.pools["kafkanodepool/brokers"].spec.replicas == 4,
      local.pools["kafkanodepool/brokers"].spec.jvmOptions["-Xmx"] == "4096m",
      local.pools["kafkanodepool/controllers"].spec.replicas == 5,
      local.pools["kafkanodepool/controllers"].spec.storage.volumes[0].class == "fast",
      output.endpoints.bootstrap.host == "kafka-kafka-bootstrap.bus.svc",
      [for acl in local.users["kafkauser/billing"].spec.authorization.acls : "${join(" ", acl.operations)} ${acl.resource.type}:${acl.resource.name}"] == ["Describe Write topic:events"],
      [for acl in local.users["kafkauser/shop"].spec.authorization.acls : "${join(" ", acl.operations)} ${acl.resource.type}:${acl.resource.name}"] == ["Describe Read topic:events", "Describe Read group:shop", "Describe Read group:till"],
    ])
    error_message = "The cluster is not as it was told."
  }
}

run "a_topic_without_a_name_is_refused" {
  command = plan
  variables {
    topics = { "Alerts!" = { partitions = 1, retention_days = 1 } }
    users  = { shop = { observes = true } }
  }
  expect_failures = [var.topics]
}

run "no_partitions_are_refused" {
  command = plan
  variables {
    topics = { alerts = { partitions = 0, retention_days = 30 } }
    users  = { shop = { observes = true } }
  }
  expect_failures = [var.topics]
}

run "a_user_without_a_name_is_refused" {
  command = plan
  variables {
    users = { "CN=shop" = { observes = true } }
  }
  expect_failures = [var.users]
}

run "an_unknown_topic_is_refused" {
  command = plan
  variables {
    users = { shop = { produces = ["orders"] } }
  }
  expect_failures = [var.users]
}

run "a_user_that_may_do_nothing_is_refused" {
  command = plan
  variables {
    users = { shop = {} }
  }
  expect_failures = [var.users]
}

run "no_storage_class_is_refused" {
  command = plan
  variables {
    storage_class = ""
  }
  expect_failures = [var.storage_class]
}

run "nodes_that_are_not_named_are_refused" {
  command = plan
  variables {
    scheduling = { node_selector = {}, tolerations = [] }
  }
  expect_failures = [var.scheduling]
}

run "two_zones_are_refused" {
  command = plan
  variables {
    zones = ["a", "b", "b"]
  }
  expect_failures = [var.zones]
}

run "two_brokers_are_refused" {
  command = plan
  variables {
    sizing = {
      broker     = { replicas = 2, cpu = "500m", memory_mb = 2048, storage_gb = 50 }
      controller = { replicas = 3, cpu = "200m", memory_mb = 1024, storage_gb = 10 }
    }
  }
  expect_failures = [var.sizing]
}

run "four_controllers_are_refused" {
  command = plan
  variables {
    sizing = {
      broker     = { replicas = 3, cpu = "500m", memory_mb = 2048, storage_gb = 50 }
      controller = { replicas = 4, cpu = "200m", memory_mb = 1024, storage_gb = 10 }
    }
  }
  expect_failures = [var.sizing]
}

run "too_little_memory_is_refused" {
  command = plan
  variables {
    sizing = {
      broker     = { replicas = 3, cpu = "500m", memory_mb = 512, storage_gb = 50 }
      controller = { replicas = 3, cpu = "200m", memory_mb = 1024, storage_gb = 10 }
    }
  }
  expect_failures = [var.sizing]
}
