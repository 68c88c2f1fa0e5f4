variables {
  namespace      = "eso"
  vault          = { host = "vault-active.vault.svc", port = 8210, auth_mount = "cluster", secrets_mount = "kv" }
  tls            = { secret_name = "external-secrets-tls", server_name = "external-secrets-metrics.eso.svc" }
  zones          = ["a", "b", "c"]
  priority_class = "platform"
  sizing         = { replicas = 3, cpu = "100m", memory = "512Mi" }
  scheduling = {
    node_selector = { monitoring = "true" }
    tolerations   = [{ key = "monitoring", operator = "Exists" }]
  }
  components = {
    gateway = {
      namespace = "gateway", tls_secret = "gateway-tls"
      secrets   = { gateway-keys = { refresh = "5m", keys = { ROUTING_KEY = { path = "pagerduty", property = "routing_key" } } } }
      databases = { gateway-database = { role = "gateway" } }
    }
    grafana = { namespace = "grafana", tls_secret = "grafana-tls", secrets = { grafana-oidc = { keys = { client_secret = { path = "oidc", property = "client_secret" } } } } }
  }
}

run "each_component_asks_for_its_own" {
  assert {
    condition = alltrue([for name, component in var.components :
      local.objects[name]["secretstore/vault"].spec.provider.vault.auth.kubernetes == {
        mountPath = "cluster", role = name, serviceAccountRef = { name = "${name}-secrets", audiences = ["vault"] }
      } &&
      local.objects[name]["secretstore/vault"].spec.provider.vault.tls.certSecretRef.name == component.tls_secret &&
      local.objects[name]["secretstore/vault"].spec.provider.vault.server == "https://vault-active.vault.svc:8210" &&
      local.objects[name]["secretstore/vault"].spec.provider.vault.path == "kv" &&
      local.objects[name]["secretstore/vault"].metadata.namespace == component.namespace
    ])
    error_message = "A component signs in as another, without its certificate, or elsewhere."
  }

  assert {
    condition     = local.objects["gateway"]["externalsecret/gateway-keys"].spec.data == [{ secretKey = "ROUTING_KEY", remoteRef = { key = "gateway/pagerduty", property = "routing_key" } }] && local.objects["gateway"]["externalsecret/gateway-keys"].spec.refreshInterval == "5m"
    error_message = "A secret is read from outside the component's own path."
  }

  assert {
    condition = (
      local.objects["gateway"]["vaultdynamicsecret/gateway-database"].spec.path == "database/creds/gateway" &&
      local.objects["gateway"]["externalsecret/gateway-database"].spec.dataFrom[0].sourceRef.generatorRef.name == "gateway-database"
    )
    error_message = "Database credentials are not those that Vault makes."
  }

  assert {
    condition     = length(module.objects["gateway"].objects) == 4 && length(module.objects["grafana"].objects) == 2
    error_message = "There are more or fewer objects than asked for."
  }

  assert {
    condition     = jsonencode(output.secrets) == jsonencode({ gateway = ["gateway-keys", "gateway-database"], grafana = ["grafana-oidc"] })
    error_message = "The output names other secrets."
  }

  assert {
    condition     = output.service_accounts == { gateway = { namespace = "gateway", service_account = "gateway-secrets" }, grafana = { namespace = "grafana", service_account = "grafana-secrets" } } && alltrue([for account in kubernetes_service_account_v1.component : !account.automount_service_account_token])
    error_message = "Another service account signs in, or pods get its token."
  }
}

run "an_operator_that_shows_nothing_unasked" {
  assert {
    condition = (
      yamldecode(helm_release.this.values[0]).extraArgs["metrics-addr"] == "127.0.0.1:8080" &&
      contains(yamldecode(helm_release.this.values[0]).extraContainers[0].args, "--target=127.0.0.1:8080") &&
      contains(yamldecode(helm_release.this.values[0]).extraContainers[0].args, "--allow-dns=prometheus") &&
      yamldecode(helm_release.this.values[0]).extraVolumes[0].secret.secretName == "external-secrets-tls" &&
      !yamldecode(helm_release.this.values[0]).webhook.create
    )
    error_message = "Somebody without a certificate reaches the operator."
  }

  assert {
    condition = (
      local.values.replicaCount == 3 && local.values.resources.requests == { cpu = "100m", memory = "512Mi" } && local.values.priorityClassName == "platform" &&
      local.values.nodeSelector == var.scheduling.node_selector && length(local.values.tolerations) == 1 && local.values.topologySpreadConstraints[0].minDomains == 3
    )
    error_message = "The pods are others, or elsewhere, than asked for."
  }

  assert {
    condition     = output.endpoints.metrics == { host = "external-secrets-metrics.eso.svc", port = 8443, protocol = "https", server_name = var.tls.server_name } && kubernetes_service_v1.metrics.spec[0].selector == tomap(local.labels)
    error_message = "Prometheus would scrape elsewhere."
  }

  assert {
    condition     = helm_release.this.namespace == "eso" && helm_release.this.version != "" && module.sidecar.files.ca != ""
    error_message = "The release is in another namespace or not pinned."
  }
}

run "an_operator_alone" {
  command = plan
  variables {
    components = {}
  }
  assert {
    condition     = length(output.secrets) == 0 && length(module.objects) == 0
    error_message = "There are objects though nobody asked."
  }
}
