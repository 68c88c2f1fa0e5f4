variables {
  cloud          = "aws"
  unseal         = { key = "arn:aws:kms:eu-west-1:123456789012:key/unseal", region = "eu-west-1" }
  tls            = { secret_name = "vault-tls", server_name = "vault.vault.svc" }
  identity       = { service_account = "vault", annotations = {} }
  zones          = ["a", "b", "c"]
  priority_class = "platform"
  storage_class  = "encrypted"
}

run "refuses_another_cloud" {
  command = plan
  variables {
    cloud = "azure"
  }
  expect_failures = [var.cloud]
}

run "refuses_the_other_clouds_key" {
  command = plan
  variables {
    unseal = { key = "projects/acme/locations/europe-west1/keyRings/ballast/cryptoKeys/unseal", region = "europe-west1" }
  }
  expect_failures = [var.unseal]
}

run "refuses_two_zones" {
  command = plan
  variables {
    zones = ["a", "b"]
  }
  expect_failures = [var.zones]
}

run "refuses_four_servers" {
  command = plan
  variables {
    sizing = { replicas = 4 }
  }
  expect_failures = [var.sizing]
}

run "refuses_a_small_audit_volume" {
  command = plan
  variables {
    sizing = { audit_gb = 1 }
  }
  expect_failures = [var.sizing]
}
