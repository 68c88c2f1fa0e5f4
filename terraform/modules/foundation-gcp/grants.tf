# What a component's flags mean in grants. Google's services use the keys of buckets and topics by themselves.

locals {
  grants = {
    for name, component in var.components : name => merge(
      { for bucket, access in component.buckets : "bucket-${bucket}" => { kind = "bucket-${access}", target = module.storage.buckets[bucket].id } },
      { for key in ["unseal-key"] : key => { kind = "key-use", target = module.keys.keys["unseal"] } if component.unseals },
      { for key in ["heartbeat"] : key => { kind = "topic-publish", target = module.heartbeat.destination } if component.heartbeat },
    )
  }
}
