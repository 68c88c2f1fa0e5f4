provider "helm" {}

variables {
  scheduling     = { node_selector = { "ballast/monitoring" = "true" }, tolerations = [{ key = "ballast/monitoring", operator = "Equal", value = "true", effect = "NoSchedule" }] }
  zones          = ["a", "b", "c"]
  priority_class = "monitoring"
  tls            = { secret_name = "victoriametrics-tls", server_name = "victoriametrics.victoriametrics.svc" }
  identity       = { service_account = "victoriametrics", annotations = { "eks.amazonaws.com/role-arn" = "arn:aws:iam::123456789012:role/victoriametrics" } }
  bucket         = { name = "acme-ballast-staging-backups" }
  cloud          = "aws"

  sizing = {
    insert  = { replicas = 2, cpu = "500m", memory = "512Mi" }
    select  = { replicas = 2, cpu = "500m", memory = "1Gi" }
    storage = { replicas = 3, cpu = "1", memory = "4Gi", storage_gb = 100 }
  }
}

run "one_zone_is_refused" {
  command = plan

  variables {
    zones = ["a"]
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

run "two_storage_nodes_are_refused" {
  command = plan

  variables {
    sizing = {
      insert  = { replicas = 2, cpu = "500m", memory = "512Mi" }
      select  = { replicas = 2, cpu = "500m", memory = "1Gi" }
      storage = { replicas = 2, cpu = "1", memory = "4Gi", storage_gb = 100 }
    }
  }

  expect_failures = [var.sizing]
}

run "a_lone_insert_is_refused" {
  command = plan

  variables {
    sizing = {
      insert  = { replicas = 1, cpu = "500m", memory = "512Mi" }
      select  = { replicas = 2, cpu = "500m", memory = "1Gi" }
      storage = { replicas = 3, cpu = "1", memory = "4Gi", storage_gb = 100 }
    }
  }

  expect_failures = [var.sizing]
}

run "a_retention_for_years_is_refused" {
  command = plan

  variables {
    retention_days = 400
  }

  expect_failures = [var.retention_days]
}

run "a_day_below_an_hour_is_refused" {
  command = plan

  variables {
    limits = { hourly_series = 100, daily_series = 10 }
  }

  expect_failures = [var.limits]
}
