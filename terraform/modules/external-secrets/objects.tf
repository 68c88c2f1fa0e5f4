locals {
  # How the operator signs in to Vault for a component, with the component's certificate.
  provider = {
    for name, component in var.components : name => {
      server     = "https://${var.vault.host}:${var.vault.port}"
      caProvider = { type = "Secret", name = component.tls_secret, key = "ca.crt" }
      tls = {
        certSecretRef = { name = component.tls_secret, key = "tls.crt" }
        keySecretRef  = { name = component.tls_secret, key = "tls.key" }
      }
      auth = {
        kubernetes = {
          mountPath         = var.vault.auth_mount
          role              = name
          serviceAccountRef = { name = "${name}-secrets", audiences = ["vault"] }
        }
      }
    }
  }

  objects = {
    for name, component in var.components : name => merge(
      {
        "secretstore/vault" = {
          apiVersion = "external-secrets.io/v1"
          kind       = "SecretStore"
          metadata   = { name = "vault-${name}", namespace = component.namespace }
          spec = {
            provider = { vault = merge(local.provider[name], { path = var.vault.secrets_mount, version = "v2" }) }
          }
        }
      },
      {
        for secret, wanted in component.secrets : "externalsecret/${secret}" => {
          apiVersion = "external-secrets.io/v1"
          kind       = "ExternalSecret"
          metadata   = { name = secret, namespace = component.namespace }
          spec = {
            refreshInterval = wanted.refresh
            secretStoreRef  = { kind = "SecretStore", name = "vault-${name}" }
            # What a pod was started with stays when Vault or the entry is away.
            target = { name = secret, creationPolicy = "Owner", deletionPolicy = "Retain" }
            data = [for key, from in wanted.keys : {
              secretKey = key
              remoteRef = { key = "${name}/${from.path}", property = from.property }
            }]
          }
        }
      },
      {
        for secret, wanted in component.databases : "vaultdynamicsecret/${secret}" => {
          apiVersion = "generators.external-secrets.io/v1alpha1"
          kind       = "VaultDynamicSecret"
          metadata   = { name = secret, namespace = component.namespace }
          spec = {
            path     = "database/creds/${wanted.role}"
            method   = "GET"
            provider = local.provider[name]
          }
        }
      },
      {
        for secret, wanted in component.databases : "externalsecret/${secret}" => {
          apiVersion = "external-secrets.io/v1"
          kind       = "ExternalSecret"
          metadata   = { name = secret, namespace = component.namespace }
          spec = {
            refreshInterval = wanted.refresh
            target          = { name = secret, creationPolicy = "Owner", deletionPolicy = "Retain" }
            dataFrom = [{
              sourceRef = { generatorRef = { apiVersion = "generators.external-secrets.io/v1alpha1", kind = "VaultDynamicSecret", name = secret } }
            }]
          }
        }
      },
    )
  }
}
