variables {
  namespace      = "cache"
  tls            = { secret_name = "redis-tls", server_name = "redis.cache.svc" }
  priority_class = "platform"
  sizing         = { cpu = "200m", memory = "600Mi" }
  users          = { gateway = { keys = ["gateway:*"], channels = ["gateway:*"], commands = ["+get", "+set", "+del"] } }
  scheduling = {
    node_selector = { monitoring = "true" }
    tolerations   = [{ key = "monitoring", operator = "Exists" }]
  }
}

run "a_cache_that_a_certificate_opens" {
  assert {
    condition     = "${local.values.image.registry}/${local.values.image.repository}:${local.values.image.tag}" == local.images["valkey"]
    error_message = "Another image than the pinned one runs."
  }

  assert {
    condition = (
      yamldecode(helm_release.this.values[0]).tls.requireClientCertificate && yamldecode(helm_release.this.values[0]).tls.existingSecret == "redis-tls" &&
      helm_release.this.repository == "https://valkey.io/valkey-helm/" && helm_release.this.namespace == "cache"
    )
    error_message = "A client needs no certificate, or the chart is another."
  }

  assert {
    condition = split("\n", yamldecode(helm_release.this.values[0]).auth.aclConfig) == tolist([
      "user default off resetpass resetkeys resetchannels -@all",
      "user gateway on resetpass resetkeys resetchannels ~gateway:* &gateway:* -@all +get +set +del",
      "user redis on resetpass resetkeys resetchannels -@all +ping +info +slowlog|get +slowlog|len +latency|latest +client|setname",
    ])
    error_message = "Somebody may do more than listed, or signs in with a password."
  }

  assert {
    condition     = strcontains(local.values.valkeyConfig, "tls-auth-clients-user CN") && strcontains(local.values.valkeyConfig, "maxmemory 400mb") && strcontains(local.values.valkeyConfig, "tls-auto-reload-interval 300")
    error_message = "Users are not those of the certificates, memory is not bounded, or a renewed certificate is not read."
  }

  assert {
    condition     = alltrue([for probe in [local.values.startupProbe, local.values.livenessProbe, local.values.readinessProbe] : contains(probe.customProbe.exec.command, "--cert")])
    error_message = "A probe shows no certificate and would always fail."
  }

  assert {
    condition     = contains(local.values.extraContainers[0].args, "--tls-server-ca-cert-file=/tls/ca.crt") && !local.values.metrics.enabled
    error_message = "Metrics are open to everybody."
  }

  assert {
    condition = (
      local.values.nodeSelector == var.scheduling.node_selector && length(local.values.tolerations) == 1 && local.values.priorityClassName == "platform" &&
      local.values.resources.requests == { cpu = "200m", memory = "600Mi" } && !local.values.dataStorage.enabled
    )
    error_message = "The pod is another, or elsewhere, than asked for."
  }

  assert {
    condition = output.endpoints == {
      cache   = { host = "redis.cache.svc", port = 6379, protocol = "rediss", server_name = "redis.cache.svc" }
      metrics = { host = "redis-metrics.cache.svc", port = 9121, protocol = "https", server_name = "redis.cache.svc" }
    } && kubernetes_service_v1.metrics.spec[0].port[0].port == 9121
    error_message = "Others would call another address."
  }
}
