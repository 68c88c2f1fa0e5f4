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

run "two_zones_are_refused" {
  command = plan

  variables {
    zones = ["a", "b"]
  }

  expect_failures = [var.zones]
}

run "another_cloud_is_refused" {
  command = plan

  variables {
    cloud = "azure"
  }

  expect_failures = [var.cloud]
}

run "two_receivers_are_refused" {
  command = plan

  variables {
    sizing = {
      receive        = { replicas = 2, cpu = "1", memory = "4Gi", storage_gb = 50 }
      query          = { replicas = 2, cpu = "500m", memory = "1Gi" }
      query_frontend = { replicas = 2, cpu = "250m", memory = "1Gi" }
      store          = { replicas = 2, cpu = "500m", memory = "2Gi", storage_gb = 20 }
      compactor      = { cpu = "1", memory = "4Gi", storage_gb = 200 }
      ruler          = { replicas = 2, cpu = "250m", memory = "512Mi", storage_gb = 10 }
    }
  }

  expect_failures = [var.sizing]
}

run "a_lone_query_is_refused" {
  command = plan

  variables {
    sizing = {
      receive        = { replicas = 3, cpu = "1", memory = "4Gi", storage_gb = 50 }
      query          = { replicas = 1, cpu = "500m", memory = "1Gi" }
      query_frontend = { replicas = 2, cpu = "250m", memory = "1Gi" }
      store          = { replicas = 2, cpu = "500m", memory = "2Gi", storage_gb = 20 }
      compactor      = { cpu = "1", memory = "4Gi", storage_gb = 200 }
      ruler          = { replicas = 2, cpu = "250m", memory = "512Mi", storage_gb = 10 }
    }
  }

  expect_failures = [var.sizing]
}

run "raw_samples_for_less_than_a_budget_are_refused" {
  command = plan

  variables {
    retention_days = { raw = 14 }
  }

  expect_failures = [var.retention_days]
}

run "a_gap_between_resolutions_is_refused" {
  command = plan

  variables {
    retention_days = { raw = 200 }
  }

  expect_failures = [var.retention_days]
}

run "a_store_with_a_name_of_ours_is_refused" {
  command = plan

  variables {
    stores = { receive = { host = "a", port = 1, server_name = "a" } }
  }

  expect_failures = [var.stores]
}

run "rules_without_groups_are_refused" {
  command = plan

  variables {
    rules = { "a.yaml" = "rules: []" }
  }

  expect_failures = [var.rules]
}

run "no_limit_is_refused" {
  command = plan

  variables {
    limits = { series = 0 }
  }

  expect_failures = [var.limits]
}

run "a_tenant_without_a_limit_is_refused" {
  command = plan

  variables {
    limits = { tenants = { shop = { series = 0 } } }
  }

  expect_failures = [var.limits]
}
