provider "helm" {}
provider "kubernetes" {}

variables {
  scheduling     = { node_selector = { "ballast/monitoring" = "true" }, tolerations = [{ key = "ballast/monitoring", operator = "Equal", value = "true", effect = "NoSchedule" }] }
  zones          = ["a", "b", "c"]
  priority_class = "monitoring"
  tls            = { secret_name = "thanos-tls", server_name = "thanos.thanos.svc" }
  identity       = { service_account = "thanos", annotations = { "eks.amazonaws.com/role-arn" = "arn:aws:iam::123456789012:role/thanos" } }
  bucket         = { name = "acme-ballast-staging-metrics", endpoint = "s3.eu-west-1.amazonaws.com", region = "eu-west-1" }
  cloud          = "aws"
  alertmanager   = { host = "prometheus-alertmanager.prometheus.svc", port = 9443, server_name = "alertmanager.prometheus.svc" }
  stores         = { eu = { host = "prometheus-thanos-discovery.prometheus.svc", port = 10901, server_name = "prometheus.prometheus.svc" } }

  sizing = {
    receive        = { replicas = 3, cpu = "1", memory = "4Gi", storage_gb = 50 }
    query          = { replicas = 2, cpu = "500m", memory = "1Gi" }
    query_frontend = { replicas = 2, cpu = "250m", memory = "1Gi" }
    store          = { replicas = 2, cpu = "500m", memory = "2Gi", storage_gb = 20 }
    compactor      = { cpu = "1", memory = "4Gi", storage_gb = 200 }
    ruler          = { replicas = 2, cpu = "250m", memory = "512Mi", storage_gb = 10 }
  }
}

run "each_sample_is_written_three_times" {
  assert {
    condition     = local.values.receive.replicaCount == 3 && contains(local.values.receive.extraArgs, "--receive.replication-factor=3") && local.values.receive.hashrings.autogen.enabled
    error_message = "A receiver's death loses samples."
  }

  assert {
    condition     = local.values.receive.persistence.size == "50Gi" && local.values.receive.topologySpreadConstraints[0].topologyKey == "topology.kubernetes.io/zone" && local.values.receive.topologySpreadConstraints[0].labelSelector.matchLabels["app.kubernetes.io/component"] == "receive"
    error_message = "Receivers have no disk, or share a zone."
  }

  assert {
    condition     = alltrue([for part in [local.values.receive, local.values.query, local.values.queryFrontend, local.values.storegateway, local.values.ruler] : part.pdb.maxUnavailable == "1"])
    error_message = "A drain may take more than one replica of a part."
  }

  assert {
    condition     = helm_release.this.chart == "thanos" && helm_release.this.repository == "oci://ghcr.io/thanos-community/helm-charts" && helm_release.this.version == local.chart.version && helm_release.this.namespace == "thanos"
    error_message = "The chart is not the pinned one."
  }

  assert {
    condition     = local.values.global.nodeSelector == var.scheduling.node_selector && local.values.global.priorityClassName == "monitoring" && yamldecode(helm_release.this.values[0]).global.podSecurityContext.runAsNonRoot
    error_message = "Pods run elsewhere, with another priority, or as root."
  }
}

run "nothing_answers_without_a_certificate" {
  assert {
    condition     = yamldecode(kubernetes_config_map_v1.web.data["web.yml"]).tls_server_config.client_auth_type == "RequireAndVerifyClientCert"
    error_message = "HTTP asks for no certificate."
  }

  assert {
    condition     = alltrue([for part in [local.values.receive, local.values.query, local.values.queryFrontend, local.values.storegateway, local.values.compactor, local.values.ruler] : contains(part.extraArgs, "--http.config=/etc/thanos-web/web.yml") && !part.probes.readiness.enabled && part.extraContainers[0].name == (part == local.values.ruler ? "to-query" : "health")])
    error_message = "A part's HTTP is plain, or its readiness is asked without a certificate."
  }

  assert {
    condition     = alltrue([for part in [local.values.receive, local.values.query, local.values.storegateway, local.values.ruler] : contains(part.extraArgs, "--grpc-server-tls-client-ca=/etc/mtls/ca.crt")])
    error_message = "A part's gRPC asks for no certificate."
  }

  assert {
    condition     = contains(local.values.receive.extraArgs, "--remote-write.server-tls-client-ca=/etc/mtls/ca.crt") && contains(local.values.receive.extraArgs, "--remote-write.client-server-name=thanos.thanos.svc")
    error_message = "Receivers take writes from anybody, or do not know each other."
  }

  assert {
    condition     = local.values.ruler.query.urls == ["http://127.0.0.1:19092"] && contains(local.values.ruler.extraContainers[0].args, "--target=thanos-query.thanos.svc:10902")
    error_message = "The ruler asks in the clear."
  }

  assert {
    condition     = yamldecode(local.values.ruler.alertmanagers.config).alertmanagers[0].http_config.tls_config.server_name == "alertmanager.prometheus.svc"
    error_message = "The ruler does not know Alertmanager by its certificate."
  }
}

run "query_asks_every_store_by_its_name" {
  assert {
    condition = [for endpoint in local.endpoints_config.endpoints : "${endpoint.address} ${endpoint.client_config.server_name}"] == [
      "dns+prometheus-thanos-discovery.prometheus.svc:10901 prometheus.prometheus.svc",
      "dnssrv+_grpc._tcp.thanos-receive-headless.thanos.svc.cluster.local thanos.thanos.svc",
      "dnssrv+_grpc._tcp.thanos-ruler-headless.thanos.svc.cluster.local thanos.thanos.svc",
      "dnssrv+_grpc._tcp.thanos-storegateway.thanos.svc.cluster.local thanos.thanos.svc",
    ]
    error_message = "A store is not asked, or by another name than its certificate's."
  }

  assert {
    condition     = contains(local.values.query.replicaLabels, "prometheus_replica") && contains(local.values.query.replicaLabels, "receive_replica")
    error_message = "Replicas are not deduplicated."
  }

  assert {
    condition     = local.values.queryFrontend.downstreamUrl == "https://thanos-query.thanos.svc:10902" && yamldecode(local.values.queryFrontend.cacheConfig).type == "IN-MEMORY"
    error_message = "The frontend asks somebody else, or caches nothing."
  }

  assert {
    condition     = output.endpoints.receive.port == 19291 && output.endpoints.query_frontend.host == "thanos-query-frontend.thanos.svc" && output.endpoints.store_api.protocol == "grpc"
    error_message = "The endpoints are not where they are."
  }
}

run "blocks_are_in_the_bucket_by_identity" {
  assert {
    condition     = yamldecode(local.values.global.objstore.config) == { type = "S3", config = { bucket = "acme-ballast-staging-metrics", endpoint = "s3.eu-west-1.amazonaws.com", region = "eu-west-1", aws_sdk_auth = true } }
    error_message = "The bucket is another one, or is reached by keys."
  }

  assert {
    condition     = local.values.global.serviceAccount.name == "thanos" && local.values.global.serviceAccount.annotations == var.identity.annotations && !local.values.global.serviceAccount.perComponent
    error_message = "Pods have not the identity that may use the bucket."
  }

  assert {
    condition     = local.values.compactor.retention == { resolutionRaw = "60d", resolution5m = "180d", resolution1h = "730d" } && local.values.compactor.replicaCount == 1
    error_message = "Samples are kept for other times, or two compactors would fight."
  }

  assert {
    condition     = local.limits_config.write.default.head_series_limit == 2000000 && local.limits_config.write.default.request.samples_limit == 20000 && length(local.limits_config.write.tenants) == 0
    error_message = "A tenant may write without limit."
  }
}

run "everything_set_otherwise" {
  variables {
    namespace      = "metrics"
    cloud          = "gcp"
    retention_days = { raw = 35, five_minutes = 90, hour = 400 }
    rules          = { "global.yaml" = "groups: []" }
    limits         = { series = 100, request_series = 10, request_samples = 20, request_bytes = 30, concurrent_calls = 4, tenants = { shop = { series = 50 } } }
  }

  assert {
    condition     = yamldecode(local.values.global.objstore.config) == { type = "GCS", config = { bucket = "acme-ballast-staging-metrics" } }
    error_message = "Google's bucket is not the one."
  }

  assert {
    condition     = local.limits_config.write.tenants.shop.head_series_limit == 50 && local.limits_config.write.global.max_concurrency == 4 && local.limits_config.write.default.request.series_limit == 10 && local.limits_config.write.default.request.size_bytes_limit == 30
    error_message = "A limit has no effect."
  }

  assert {
    condition     = local.values.ruler.rules["global.yaml"] == "groups: []" && local.values.ruler.rules["example-alerts.yaml"] == null
    error_message = "The ruler has other rules."
  }

  assert {
    condition     = local.values.compactor.retention.resolutionRaw == "35d" && helm_release.this.namespace == "metrics" && output.endpoints.query.host == "thanos-query.metrics.svc"
    error_message = "A setting has no effect."
  }
}
