# The capacity model. Every constant stands here, with what it counts; the README explains where each comes from. Load grows linearly;
# pods are added before they become large; each count leaves room for one zone of three to be away.

locals {
  per = {
    # Metrics
    prometheus_kib_a_series    = 8       # head, write-ahead log, churn and queries
    prometheus_samples_a_core  = 100000  # a second: scrape, rules and remote write
    prometheus_bytes_a_sample  = 1.7     # on disk with its index
    receive_kib_a_series       = 6       # an active series of one tenant in one receiver
    receive_series             = 3000000 # that one receiver holds
    receive_samples_a_core     = 150000
    receive_copies             = 3
    victoria_kib_a_series      = 2
    victoria_series            = 2000000 # that one storage node holds
    victoria_samples_a_core    = 200000
    victoria_bytes_a_sample    = 1
    victoria_copies            = 2
    thanos_index_gb_a_million  = 4  # memory of one store gateway, for a million series
    thanos_compaction_gb_a_day = 30 # disk of the compactor for each GB of samples a day: the largest compaction spans 14 days, twice

    # Logs and spans, GB a day before compression
    log_distributor      = 500
    log_ingester         = 200
    log_querier          = 300
    log_wal_gb           = 0.15 # GB of disk for a GB a day: flushed within two hours, at the peak, and again while the bucket is away
    span_distributor     = 500
    span_partition       = 150
    span_generator       = 300
    span_kafka_hours     = 24
    collector            = 200 # logs and spans together
    services_a_gateway   = 500
    services_a_grafana   = 1000
    services_a_gb_of_sql = 5

    # The busiest hour of the day against its mean, and disks' room to act in.
    peak = 3
    room = 1.3
  }

  zones = 3

  samples = (var.load.series + var.load.high_cardinality_series) / var.scrape_interval_seconds
  many    = var.load.high_cardinality_series / var.scrape_interval_seconds
  metrics = var.load.series / var.scrape_interval_seconds
  bytes   = local.metrics * 86400 * local.per.prometheus_bytes_a_sample / 1e9 # GB a day of what is kept long

  # What one replica must do when one zone of three is away: all of the load on two thirds of the pods.
  lost = local.zones / (local.zones - 1)

  # Both Prometheus write every sample; receivers keep three copies of each.
  receive_series = var.load.series * 2 * local.per.receive_copies
  receivers      = local.zones * max(1, ceil(local.receive_series / local.per.receive_series / local.zones))
  storage_nodes  = min(9, max(3, ceil(var.load.high_cardinality_series * 2 * local.per.victoria_copies / local.per.victoria_series * local.lost)))

  log_ingesters    = local.zones * max(1, ceil(var.load.logs_gb_a_day * local.lost / local.per.log_ingester / local.zones))
  log_distributors = max(3, ceil(var.load.logs_gb_a_day * local.lost / local.per.log_distributor))
  log_queriers     = max(3, ceil(var.load.logs_gb_a_day * local.lost / local.per.log_querier))

  partitions        = local.zones * max(1, ceil(var.load.spans_gb_a_day / local.per.span_partition / local.zones))
  span_distributors = max(3, ceil(var.load.spans_gb_a_day * local.lost / local.per.span_distributor))
  generators        = max(3, ceil(var.load.spans_gb_a_day * local.lost / local.per.span_generator))
  collectors        = max(3, ceil((var.load.logs_gb_a_day + var.load.spans_gb_a_day) * local.lost / local.per.collector))
  brokers           = local.zones * max(1, ceil(var.load.spans_gb_a_day / 1000 / local.zones))

  # GB of memory and disk, and cores, before they are written as quantities.
  gib = {
    prometheus = 2 + (var.load.series + var.load.high_cardinality_series) * local.per.prometheus_kib_a_series / 1048576
    receive    = 2 + local.receive_series / local.receivers * local.lost * local.per.receive_kib_a_series / 1048576
    store      = 4 + var.load.series / 1e6 * local.per.thanos_index_gb_a_million
    compactor  = 4 + var.load.series / 1e6 * local.per.thanos_index_gb_a_million
    query      = 2 + var.load.series / 1e6
    victoria   = 2 + var.load.high_cardinality_series * 2 * local.per.victoria_copies / local.storage_nodes * local.lost * local.per.victoria_kib_a_series / 1048576
    broker     = 4 + var.load.spans_gb_a_day / local.brokers / 100
  }

  disk = {
    prometheus = local.samples * 86400 * var.retention_days.prometheus * local.per.prometheus_bytes_a_sample / 1e9
    receive    = local.metrics * 2 * local.per.receive_copies * 6 * 3600 * local.per.prometheus_bytes_a_sample / local.receivers / 1e9
    compactor  = local.bytes * local.per.thanos_compaction_gb_a_day
    store      = 10 + var.load.series / 1e6 * 10
    victoria   = local.many * 2 * local.per.victoria_copies * 86400 * var.retention_days.high_cardinality * local.per.victoria_bytes_a_sample / local.storage_nodes / 1e9
    ingester   = var.load.logs_gb_a_day * 3 * local.per.log_wal_gb / local.log_ingesters * local.lost
    broker     = 20 + var.load.spans_gb_a_day * 3 * local.per.span_kafka_hours / 24 / local.brokers
    sql        = 20 + var.load.services / local.per.services_a_gb_of_sql
  }

  cores = {
    prometheus = local.samples / local.per.prometheus_samples_a_core
    receive    = local.metrics * 2 * local.per.receive_copies / local.receivers * local.lost / local.per.receive_samples_a_core
    victoria   = local.many * 2 * local.per.victoria_copies / local.storage_nodes * local.lost / local.per.victoria_samples_a_core
    insert     = local.many * 2 / 2 / local.per.victoria_samples_a_core
    broker     = var.load.spans_gb_a_day * local.per.peak / local.brokers / 1000
  }

  # As modules take them: whole GiB, whole cores, disks in steps of 10 GB with room.
  memory = { for name, gib in local.gib : name => "${ceil(gib)}Gi" }
  cpu    = { for name, cores in local.cores : name => tostring(max(1, ceil(cores))) }
  gb     = { for name, gb in local.disk : name => max(10, ceil(gb * local.per.room / 10) * 10) }
}
