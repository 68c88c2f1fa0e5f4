variables {
  load = { services = 100, series = 1000000, high_cardinality_series = 500000, logs_gb_a_day = 500, spans_gb_a_day = 300 }
}

run "a_platform_of_a_hundred_services" {
  command = plan

  assert {
    # 1.5 million series of 8 KiB and 2 GiB; 300 thousand samples a second at 1.7 bytes for 32 days and a third of room.
    condition     = output.sizing.prometheus.prometheus == { replicas = 2, cpu = "3", memory = "14Gi", storage_gb = 1840 }
    error_message = "Prometheus is not sized by series and samples: ${jsonencode(output.sizing.prometheus.prometheus)}"
  }

  assert {
    # Six million copies of series in three receivers.
    condition     = output.sizing.thanos.receive == { replicas = 3, cpu = "4", memory = "20Gi", storage_gb = 20 }
    error_message = "Receivers do not hold three copies of both replicas' series: ${jsonencode(output.sizing.thanos.receive)}"
  }

  assert {
    condition     = output.sizing.loki.ingester.replicas == 6 && output.partitions == 3 && output.sizing.kafka.broker.replicas == 3
    error_message = "Logs and spans are not sized by volume: ${jsonencode(output.sizing.loki.ingester)}"
  }

  assert {
    condition = (
      output.totals["prometheus"] == { pods = 5, cpu = 6.6, memory_gb = 28.75, storage_gb = 3695 } &&
      output.totals["agents"].pods == 20 && output.totals["redis"].pods == 1 && output.totals["gateway"].pods == 6 &&
      output.totals["tempo"].storage_gb == 65 && output.totals["kafka"].memory_gb == 18 && output.totals["vault"].storage_gb == 90
    )
    error_message = "Totals are not the sums of requests: ${jsonencode(output.totals)}"
  }

  assert {
    condition     = output.object_storage_gb_a_day == { metrics = 59, logs = 100, traces = 60 }
    error_message = "Buckets grow by another amount: ${jsonencode(output.object_storage_gb_a_day)}"
  }
}

run "a_platform_of_many_services" {
  command = plan

  variables {
    load = { services = 2000, series = 6000000, high_cardinality_series = 4000000, logs_gb_a_day = 5000, spans_gb_a_day = 4000, nodes = 100 }
  }

  assert {
    condition = (
      output.sizing.grafana == { replicas = 3, cpu = "1", memory = "2Gi" } && output.sizing.gateway.max_replicas == 8 &&
      output.sizing.thanos.receive.replicas == 12 && output.sizing.loki.ingester.replicas == 39 && output.partitions == 27 && output.totals["agents"].pods == 100
    )
    error_message = "More load has no more pods: ${jsonencode(output.sizing)}"
  }
}

run "a_slower_scrape_and_a_shorter_memory_need_less" {
  command = plan

  variables {
    scrape_interval_seconds = 10
    retention_days          = { prometheus = 31, high_cardinality = 7 }
  }

  assert {
    condition     = output.sizing.prometheus.prometheus.storage_gb == 890 && output.sizing.victoriametrics.storage == { replicas = 3, cpu = "1", memory = "4Gi", storage_gb = 60 }
    error_message = "Disks are not sized by samples and days: ${jsonencode([output.sizing.prometheus.prometheus, output.sizing.victoriametrics.storage])}"
  }
}
