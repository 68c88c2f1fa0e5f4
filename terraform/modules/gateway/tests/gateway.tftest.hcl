variables {
  image    = "ghcr.io/acme/ballast-gateway:1.4.0@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  database = { host = "postgresql-rw.postgresql.svc" }
  tls      = { secret_name = "gateway-tls", server_name = "gateway.gateway.svc" }

  scheduling = {
    node_selector = { "ballast.dev/pool" = "monitoring" }
    tolerations   = [{ key = "ballast.dev/monitoring", operator = "Equal", value = "true", effect = "NoSchedule" }]
  }
  zones          = ["a", "b", "c"]
  priority_class = "page-path"
  sizing         = { replicas = 3, max_replicas = 9, cpu = "250m", memory = "256Mi" }
}

run "it_speaks_on_loopback_and_the_tunnel_in_front_asks_for_certificates" {
  assert {
    condition = contains(
      [for variable in yamldecode(helm_release.this.values[0]).deployment.template.spec.containers[0].env : "${variable.name}=${variable.value}"],
      "BALLAST_GATEWAY_HOST=127.0.0.1",
    )
    error_message = "The gateway listens beyond loopback, where no certificate is asked for."
  }

  assert {
    condition = alltrue([for flag in ["--listen=0.0.0.0:9095", "--target=127.0.0.1:8095", "--target-status=http://127.0.0.1:8095/readyz", "--allow-dns=alertmanager"] :
      contains(yamldecode(helm_release.this.values[0]).deployment.template.spec.containers[1].args, flag)
    ])
    error_message = "The tunnel listens, or lets in, something else."
  }

  assert {
    condition = output.endpoints == {
      webhook = { host = "gateway.gateway.svc", port = 9095, protocol = "https", server_name = "gateway.gateway.svc" }
    }
    error_message = "The endpoint is not the tunnel's: alerts/routing.yaml sends to https://gateway.gateway.svc:9095."
  }
}

run "it_signs_in_with_its_certificate_and_has_its_key_as_a_file" {
  assert {
    condition = contains(
      [for variable in yamldecode(helm_release.this.values[0]).deployment.template.spec.containers[0].env : variable.value],
      "postgresql://gateway@postgresql-rw.postgresql.svc:5432/gateway?sslmode=verify-full&sslrootcert=/etc/mtls/ca.crt&sslcert=/etc/mtls/tls.crt&sslkey=/etc/mtls/tls.key",
    )
    error_message = "The database is reached by other means than the certificate."
  }

  assert {
    condition = one([for volume in yamldecode(helm_release.this.values[0]).deployment.template.spec.volumes : volume.secret if volume.name == "keys"]) == {
      secretName = "gateway-keys", defaultMode = 288, items = [{ key = "dotenv", path = ".env" }]
    }
    error_message = "The routing key is not the .env of the working folder."
  }

  assert {
    condition     = !strcontains(helm_release.this.values[0], "ROUTING_KEY")
    error_message = "The routing key is in the values."
  }
}

run "a_zone_or_a_node_can_go" {
  assert {
    condition     = yamldecode(helm_release.this.values[0]).autoscaler.minReplicas == 3 && yamldecode(helm_release.this.values[0]).autoscaler.maxReplicas == 9
    error_message = "The autoscaler has other bounds than the sizing."
  }

  assert {
    condition     = !can(yamldecode(helm_release.this.values[0]).deployment.replicas)
    error_message = "Both the deployment and the autoscaler say how many replicas there are."
  }

  assert {
    condition     = yamldecode(helm_release.this.values[0]).podDisruptionBudget.maxUnavailable == 1
    error_message = "A drain may take more than one replica at once."
  }

  assert {
    condition     = yamldecode(helm_release.this.values[0]).deployment.template.spec.topologySpreadConstraints[1].topologyKey == "topology.kubernetes.io/zone" && yamldecode(helm_release.this.values[0]).deployment.template.spec.topologySpreadConstraints[1].whenUnsatisfiable == "DoNotSchedule"
    error_message = "Replicas are not kept apart over zones."
  }

  assert {
    condition     = [for constraint in yamldecode(helm_release.this.values[0]).deployment.template.spec.topologySpreadConstraints : lookup(constraint, "minDomains", 0)] == [0, 3]
    error_message = "Replicas may share a zone while another has no node."
  }
}

run "its_pods_fit_the_restricted_standard" {
  assert {
    condition     = alltrue([for container in yamldecode(helm_release.this.values[0]).deployment.template.spec.containers : container.securityContext.capabilities.drop == ["ALL"] && !container.securityContext.allowPrivilegeEscalation])
    error_message = "A container keeps capabilities or may gain privileges."
  }

  assert {
    condition     = yamldecode(helm_release.this.values[0]).deployment.template.spec.securityContext.runAsNonRoot && !yamldecode(helm_release.this.values[0]).deployment.template.spec.automountServiceAccountToken
    error_message = "A pod runs as root, or carries a token that it does not need."
  }
}

run "everything_can_be_told_otherwise" {
  variables {
    namespace     = "alert-gateway"
    image         = "europe-docker.pkg.dev/acme/ballast/gateway:2.0.0@sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
    database      = { host = "db-rw.db.svc", port = 6432, name = "alerts", user = "alerts", ledger = "budgets" }
    tls           = { secret_name = "alert-gateway-tls", server_name = "gateway.alert-gateway.svc" }
    clients       = ["alertmanager"]
    keys          = { secret_name = "pagerduty", key = "env" }
    pagerduty_url = "https://events.eu.pagerduty.com/v2/enqueue"
    tuning        = { max_bytes = 65536, slots = 32, urgent_slots = 16, connections = 20, timeout_seconds = 5, lease_seconds = 20, store_seconds = 4, drain_seconds = 10, redis_seconds = 0.1, enrich_seconds = 0.2, late_seconds = 3, hold_seconds = 60, settle_seconds = 90, flap_changes = 0, flap_seconds = 300 }
    alertmanagers = [{ host = "am-0.prometheus.svc", port = 9093 }, { host = "am-1.prometheus.svc", port = 9093 }]
    routing       = "{version: ballast/v1, tiers: {P1: {legs: [gateway]}, P2: {legs: [gateway]}}}"
    destinations  = { jsm_url = "https://api.opsgenie.com", webhook_url = "https://hooks.acme.example/incidents", pagerduty_events_per_minute = 0 }
    vault         = { host = "vault.acme.example", port = 8201, auth_mount = "k8s", audience = "https://vault", role = "pager", path = "kv/pager", refresh_seconds = 30 }
    callbacks = {
      host        = "pages.acme.example", class = "outside", client = "ingress-controller", namespace = "ingress", tls_secret = "pages-tls"
      annotations = { "nginx.ingress.kubernetes.io/backend-protocol" = "HTTPS" }
    }
    redis          = { host = "redis.cache.svc", port = 6380 }
    kafka          = { host = "bus.kafka.svc", port = 9093 }
    scheduling     = { node_selector = {}, tolerations = [] }
    zones          = ["a", "b"]
    priority_class = "other"
    sizing         = { replicas = 2, max_replicas = 4, cpu = "1", memory = "1Gi" }
  }

  assert {
    condition = alltrue([for expected in [
      "BALLAST_GATEWAY_SLOTS=32", "BALLAST_GATEWAY_DRAIN_SECONDS=10", "BALLAST_GATEWAY_FLAP_CHANGES=0", "BALLAST_PAGERDUTY_URL=https://events.eu.pagerduty.com/v2/enqueue",
      "BALLAST_PAGERDUTY_EVENTS_PER_MINUTE=0", "BALLAST_JSM_URL=https://api.opsgenie.com", "BALLAST_WEBHOOK_URL=https://hooks.acme.example/incidents",
      "BALLAST_LEDGER_URL=postgresql://alerts@db-rw.db.svc:6432/budgets?sslmode=verify-full&sslrootcert=/etc/mtls/ca.crt&sslcert=/etc/mtls/tls.crt&sslkey=/etc/mtls/tls.key",
      "BALLAST_ALERTMANAGER_URLS=https://am-0.prometheus.svc:9093,https://am-1.prometheus.svc:9093", "BALLAST_GATEWAY_DIRECT_TIERS=none",
      ] :
      contains([for variable in yamldecode(helm_release.this.values[0]).deployment.template.spec.containers[0].env : "${variable.name}=${variable.value}"], expected)
    ])
    error_message = "The gateway is not told what was set."
  }

  assert {
    condition     = yamldecode(helm_release.this.values[0]).deployment.template.spec.terminationGracePeriodSeconds == 35
    error_message = "A pod is killed before it has sent what is due."
  }

  assert {
    condition     = helm_release.this.namespace == "alert-gateway" && output.endpoints.webhook.host == "gateway.alert-gateway.svc"
    error_message = "The release is in another namespace."
  }
}

run "it_is_told_where_each_tier_goes" {
  variables {
    routing = "{version: ballast/v1, tiers: {P2: {legs: [gateway]}, P3: {legs: [pagerduty, gateway]}}}"
  }

  assert {
    condition = alltrue([for expected in ["BALLAST_GATEWAY_ROUTING=/etc/ballast/routing.yaml", "BALLAST_GATEWAY_DIRECT_TIERS=P1,P3"] :
      contains([for variable in yamldecode(helm_release.this.values[0]).deployment.template.spec.containers[0].env : "${variable.name}=${variable.value}"], expected)
    ])
    error_message = "The gateway does not know the routing file, or which tiers have Alertmanager's own leg (P1 unless the file says otherwise, and P3 here)."
  }

  assert {
    condition     = yamldecode(helm_release.this.values[0]).configMap == { "routing.yaml" = var.routing }
    error_message = "The config map holds another file."
  }

  assert {
    condition = (
      one([for mount in yamldecode(helm_release.this.values[0]).deployment.template.spec.containers[0].volumeMounts : mount.mountPath if mount.name == "routing"]) == "/etc/ballast" &&
      one([for volume in yamldecode(helm_release.this.values[0]).deployment.template.spec.volumes : volume.configMap.name if volume.name == "routing"]) == "gateway"
    )
    error_message = "The file is not where the gateway is told."
  }

  assert {
    condition     = yamldecode(helm_release.this.values[0]).deployment.template.metadata.annotations["ballast.dev/routing"] == sha256(var.routing)
    error_message = "Pods stay as they are when the file changes."
  }
}

run "it_asks_alertmanager_with_its_certificate" {
  variables {
    alertmanagers = [{ host = "prometheus-alertmanager.prometheus.svc", port = 9443 }]
  }

  assert {
    condition = alltrue([for expected in [
      "BALLAST_ALERTMANAGER_URLS=https://prometheus-alertmanager.prometheus.svc:9443", "BALLAST_ALERTMANAGER_CA=/etc/mtls/ca.crt",
      "BALLAST_ALERTMANAGER_CERT=/etc/mtls/tls.crt", "BALLAST_ALERTMANAGER_KEY=/etc/mtls/tls.key",
      ] :
      contains([for variable in yamldecode(helm_release.this.values[0]).deployment.template.spec.containers[0].env : "${variable.name}=${variable.value}"], expected)
    ])
    error_message = "Alertmanager is asked without a certificate, or not at all."
  }
}

run "it_reads_its_keys_from_vault_by_a_token_for_vault_alone" {
  variables {
    vault = { host = "vault-active.vault.svc" }
  }

  assert {
    condition = alltrue([for expected in [
      "BALLAST_VAULT_ADDR=https://vault-active.vault.svc:8200", "BALLAST_VAULT_AUTH=kubernetes", "BALLAST_VAULT_MOUNT=kubernetes", "BALLAST_VAULT_ROLE=gateway-pods",
      "BALLAST_VAULT_PATH=secret/gateway-pods/keys", "BALLAST_VAULT_JWT_FILE=/var/run/secrets/vault/token", "BALLAST_VAULT_CA=/etc/mtls/ca.crt",
      "BALLAST_VAULT_CERT=/etc/mtls/tls.crt", "BALLAST_VAULT_KEY=/etc/mtls/tls.key", "BALLAST_VAULT_REFRESH_SECONDS=60",
      ] :
      contains([for variable in yamldecode(helm_release.this.values[0]).deployment.template.spec.containers[0].env : "${variable.name}=${variable.value}"], expected)
    ])
    error_message = "Vault is asked by other means than the certificate and the pod's token."
  }

  assert {
    condition = one([for volume in yamldecode(helm_release.this.values[0]).deployment.template.spec.volumes : volume.projected.sources if volume.name == "vault-token"]) == [
      { serviceAccountToken = { audience = "vault", expirationSeconds = 600, path = "token" } }
    ]
    error_message = "The token is good for others than Vault, or for long."
  }

  assert {
    condition     = one([for volume in yamldecode(helm_release.this.values[0]).deployment.template.spec.volumes : volume.secret.optional if volume.name == "keys"])
    error_message = "A pod does not start without a secret that it does not need."
  }
}

run "pagerduty_comes_back_through_a_listener_of_its_own" {
  variables {
    callbacks = { host = "pages.acme.example", class = "outside", client = "ingress-controller", namespace = "ingress", tls_secret = "pages-tls", annotations = {} }
  }

  assert {
    condition = alltrue([for flag in ["--listen=0.0.0.0:9097", "--target=127.0.0.1:8095", "--allow-dns=ingress-controller"] :
      contains(one([for container in yamldecode(helm_release.this.values[0]).deployment.template.spec.containers : container.args if container.name == "tls-callbacks"]), flag)
    ])
    error_message = "The callbacks' tunnel listens, or lets in, something else."
  }

  assert {
    condition     = alltrue([for container in yamldecode(helm_release.this.values[0]).deployment.template.spec.containers : !contains(container.args, "--allow-dns=ingress-controller") if container.name == "tls-webhook"])
    error_message = "The controller is let in where alerts come from."
  }

  assert {
    condition = (
      kubernetes_ingress_v1.callbacks[0].spec[0].rule[0].http[0].path[0].path == "/v1/pagerduty" && kubernetes_ingress_v1.callbacks[0].spec[0].rule[0].http[0].path[0].path_type == "Exact" &&
      kubernetes_ingress_v1.callbacks[0].spec[0].rule[0].http[0].path[0].backend[0].service[0].port[0].number == 9097
    )
    error_message = "More than PagerDuty's path is open to outside, or it leads elsewhere."
  }
}

run "it_has_its_certificate_for_the_cache_and_the_bus" {
  variables {
    redis = { host = "redis.redis.svc", port = 6379 }
    kafka = { host = "kafka-kafka-bootstrap.kafka.svc", port = 9093 }
  }

  assert {
    condition = alltrue([for expected in [
      "BALLAST_REDIS_URL=rediss://redis.redis.svc:6379/0?ssl_cert_reqs=required&ssl_ca_certs=/etc/mtls/ca.crt&ssl_certfile=/etc/mtls/tls.crt&ssl_keyfile=/etc/mtls/tls.key",
      "BALLAST_KAFKA_BOOTSTRAP=kafka-kafka-bootstrap.kafka.svc:9093", "BALLAST_KAFKA_CA=/etc/mtls/ca.crt",
      "BALLAST_KAFKA_CERT=/etc/mtls/tls.crt", "BALLAST_KAFKA_KEY=/etc/mtls/tls.key",
      ] :
      contains([for variable in yamldecode(helm_release.this.values[0]).deployment.template.spec.containers[0].env : "${variable.name}=${variable.value}"], expected)
    ])
    error_message = "Redis or Kafka is reached in the clear, or not at all."
  }
}

run "without_them_its_database_does_it_alone" {
  assert {
    condition     = length(kubernetes_ingress_v1.callbacks) == 0 && !can(yamldecode(helm_release.this.values[0]).deployment.template.metadata.annotations) && length(yamldecode(helm_release.this.values[0]).configMap) == 0
    error_message = "There is a way in, or a file, that nobody asked for."
  }

  assert {
    condition     = !strcontains(helm_release.this.values[0], "BALLAST_ALERTMANAGER") && !strcontains(helm_release.this.values[0], "BALLAST_VAULT") && !strcontains(helm_release.this.values[0], "BALLAST_LEDGER")
    error_message = "The gateway is told of an Alertmanager, a Vault or a ledger that is not there."
  }

  assert {
    condition     = !strcontains(helm_release.this.values[0], "BALLAST_REDIS") && !strcontains(helm_release.this.values[0], "BALLAST_KAFKA")
    error_message = "The gateway is told of a Redis or a Kafka that is not there."
  }
}

run "an_image_without_a_digest_is_refused" {
  command = plan
  variables {
    image = "ghcr.io/acme/ballast-gateway:latest"
  }
  expect_failures = [var.image]
}

run "a_password_in_the_database_is_refused" {
  command = plan
  variables {
    database = { host = "gateway:secret@postgresql-rw.postgresql.svc" }
  }
  expect_failures = [var.database]
}

run "clients_that_everybody_is_are_refused" {
  command = plan
  variables {
    clients = ["localhost"]
  }
  expect_failures = [var.clients]
}

run "keys_without_a_name_are_refused" {
  command = plan
  variables {
    keys = { secret_name = "" }
  }
  expect_failures = [var.keys]
}

run "events_in_the_clear_are_refused" {
  command = plan
  variables {
    pagerduty_url = "http://events.pagerduty.com/v2/enqueue"
  }
  expect_failures = [var.pagerduty_url]
}

run "a_lease_shorter_than_a_call_is_refused" {
  command = plan
  variables {
    tuning = { lease_seconds = 5 }
  }
  expect_failures = [var.tuning]
}

run "a_store_that_takes_too_long_is_refused" {
  command = plan
  variables {
    tuning = { store_seconds = 60 }
  }
  expect_failures = [var.tuning]
}

run "an_alertmanager_by_url_is_refused" {
  command = plan
  variables {
    alertmanagers = [{ host = "https://alertmanager", port = 9443 }]
  }
  expect_failures = [var.alertmanagers]
}

run "a_routing_file_of_something_else_is_refused" {
  command = plan
  variables {
    routing = "routes: []"
  }
  expect_failures = [var.routing]
}

run "a_destination_in_the_clear_is_refused" {
  command = plan
  variables {
    destinations = { webhook_url = "http://hooks.acme.example" }
  }
  expect_failures = [var.destinations]
}

run "a_rate_below_nothing_is_refused" {
  command = plan
  variables {
    destinations = { pagerduty_events_per_minute = -1 }
  }
  expect_failures = [var.destinations]
}

run "a_secret_outside_a_mount_is_refused" {
  command = plan
  variables {
    vault = { host = "vault-active.vault.svc", path = "keys" }
  }
  expect_failures = [var.vault]
}

run "asking_vault_all_the_time_is_refused" {
  command = plan
  variables {
    vault = { host = "vault-active.vault.svc", refresh_seconds = 1 }
  }
  expect_failures = [var.vault]
}

run "a_controller_that_could_send_alerts_is_refused" {
  command = plan
  variables {
    callbacks = { host = "pages.acme.example", class = "outside", client = "alertmanager", namespace = "ingress", tls_secret = "pages-tls", annotations = {} }
  }
  expect_failures = [var.callbacks]
}

run "a_way_in_without_a_name_is_refused" {
  command = plan
  variables {
    callbacks = { host = "https://pages.acme.example/", class = "outside", client = "ingress-controller", namespace = "ingress", tls_secret = "pages-tls", annotations = {} }
  }
  expect_failures = [var.callbacks]
}

run "one_zone_is_refused" {
  command = plan
  variables {
    zones = ["a"]
  }
  expect_failures = [var.zones]
}

run "one_replica_is_refused" {
  command = plan
  variables {
    sizing = { replicas = 1, max_replicas = 4, cpu = "250m", memory = "256Mi" }
  }
  expect_failures = [var.sizing]
}

run "no_room_for_a_storm_is_refused" {
  command = plan
  variables {
    sizing = { replicas = 4, max_replicas = 4, cpu = "250m", memory = "256Mi" }
  }
  expect_failures = [var.sizing]
}
