variables {
  namespace      = "secrets"
  cloud          = "aws"
  unseal         = { key = "arn:aws:kms:eu-west-1:123456789012:key/unseal", region = "eu-west-1" }
  tls            = { secret_name = "vault-tls", server_name = "vault.secrets.svc" }
  identity       = { service_account = "vault", annotations = { "eks.amazonaws.com/role-arn" = "arn:aws:iam::123456789012:role/vault" } }
  zones          = ["a", "b", "c"]
  priority_class = "platform"
  storage_class  = "encrypted"
  sizing         = { replicas = 5, cpu = "1", memory = "2Gi", storage_gb = 40, audit_gb = 20 }
  scheduling = {
    node_selector = { monitoring = "true" }
    tolerations   = [{ key = "monitoring", operator = "Exists", effect = "NoSchedule" }]
  }
}

run "servers_that_ask_for_certificates" {
  assert {
    condition     = helm_release.this.repository == "https://helm.releases.hashicorp.com" && helm_release.this.version != "" && helm_release.this.namespace == "secrets" && !helm_release.this.wait
    error_message = "The release is not the pinned chart, or waits for a Vault that nobody has initialised."
  }

  assert {
    condition = (
      jsondecode(local.values.server.ha.raft.config).listener[0].tcp.tls_require_and_verify_client_cert &&
      jsondecode(local.values.server.ha.raft.config).listener[0].tcp.tls_client_ca_file == output.client_files.ca &&
      startswith(output.client_files.ca, local.values.server.volumeMounts[0].mountPath) && local.values.server.volumes[0].secret.secretName == "vault-tls"
    )
    error_message = "A client needs no certificate, or the files are not where the secret is mounted."
  }

  assert {
    condition = [for peer in local.vault_config.storage.raft.retry_join : peer.leader_tls_servername] == [
      "vault-0.vault-internal.secrets.svc", "vault-1.vault-internal.secrets.svc", "vault-2.vault-internal.secrets.svc",
      "vault-3.vault-internal.secrets.svc", "vault-4.vault-internal.secrets.svc",
    ]
    error_message = "Servers do not find each other."
  }

  assert {
    condition     = local.vault_config.seal == { awskms = { region = "eu-west-1", kms_key_id = var.unseal.key } }
    error_message = "Another key unseals."
  }

  assert {
    condition     = local.values.server.ha.replicas == 5 && local.values.server.ha.disruptionBudget.maxUnavailable == 2
    error_message = "A disruption may take the quorum."
  }

  assert {
    condition     = { for constraint in local.values.server.topologySpreadConstraints : constraint.topologyKey => constraint.minDomains } == { "topology.kubernetes.io/zone" = 3, "kubernetes.io/hostname" = 5 }
    error_message = "Servers share a node, or a zone holds more than its share."
  }

  assert {
    condition = (
      local.values.server.serviceAccount.name == "vault" && local.values.server.serviceAccount.annotations == var.identity.annotations &&
      local.values.server.nodeSelector == var.scheduling.node_selector && local.values.server.priorityClassName == "platform" &&
      local.values.server.dataStorage.size == "40Gi" && local.values.server.auditStorage.size == "20Gi" && local.values.server.dataStorage.storageClass == "encrypted" &&
      local.values.server.resources.requests == { cpu = "1", memory = "2Gi" }
    )
    error_message = "Identity, place, storage or requests are others than asked for."
  }

  assert {
    condition = (
      local.values.server.shareProcessNamespace && strcontains(local.values.server.extraContainers[0].command[2], "kill -HUP") &&
      local.values.server.extraContainers[0].image == "${local.values.server.image.repository}:${local.values.server.image.tag}"
    )
    error_message = "A renewed certificate would not be read."
  }

  assert {
    condition     = local.values.server.statefulSet.securityContext.pod.runAsNonRoot && alltrue([for container in [local.values.server.statefulSet.securityContext.container, local.values.server.extraContainers[0].securityContext] : container.capabilities.drop == ["ALL"] && !container.allowPrivilegeEscalation])
    error_message = "Pods do not fit into a restricted namespace."
  }

  assert {
    condition     = output.endpoints.api.server_name == "vault-active.secrets.svc" && output.endpoints.servers.server_name == "vault.secrets.svc"
    error_message = "Others would call another address."
  }
}

run "unsealed_by_google_cloud" {
  command = plan
  variables {
    cloud  = "gcp"
    unseal = { key = "projects/acme/locations/europe-west1/keyRings/ballast/cryptoKeys/unseal", region = "europe-west1" }
  }
  assert {
    condition     = local.vault_config.seal == { gcpckms = { project = "acme", region = "europe-west1", key_ring = "ballast", crypto_key = "unseal" } }
    error_message = "Another key unseals."
  }
}
