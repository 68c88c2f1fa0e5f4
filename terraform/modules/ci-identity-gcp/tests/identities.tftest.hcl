provider "google" {
  project = "acme-staging"
  region  = "europe-west1"
}

variables {
  name        = "ballast-staging"
  environment = "staging"
  account     = { id = "acme-staging", number = "333333333333" }
  github      = { organization = "acme", repository = "ballast" }
  state       = { bucket = "acme-ballast-staging-state", key_id = "projects/acme-staging/locations/europe-west1/keyRings/ballast/cryptoKeys/state" }
}

run "plan_reads_and_apply_writes" {
  assert {
    condition     = output.identities == { plan = google_service_account.this["plan"].email, apply = google_service_account.this["apply"].email }
    error_message = "The identities handed out are not the ones made."
  }

  assert {
    condition = { for name, member in google_service_account_iam_member.this : name => "${member.service_account_id} ${member.role} ${member.member}" } == {
      plan  = "${google_service_account.this["plan"].name} roles/iam.workloadIdentityUser principal://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}/subject/repo:acme/ballast:environment:staging-plan"
      apply = "${google_service_account.this["apply"].name} roles/iam.workloadIdentityUser principal://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}/subject/repo:acme/ballast:environment:staging"
    }
    error_message = "An identity can be taken from another GitHub environment."
  }

  assert {
    condition     = output.provider == google_iam_workload_identity_pool_provider.github.name && google_iam_workload_identity_pool_provider.github.attribute_condition == "assertion.repository == \"acme/ballast\""
    error_message = "The pool admits other repositories."
  }

  assert {
    condition = { for name, member in google_project_iam_member.this : name => "${member.member} ${member.role}" } == {
      "plan-read"   = "serviceAccount:${google_service_account.this["plan"].email} ${google_project_iam_custom_role.this["read"].id}"
      "apply-read"  = "serviceAccount:${google_service_account.this["apply"].email} ${google_project_iam_custom_role.this["read"].id}"
      "apply-write" = "serviceAccount:${google_service_account.this["apply"].email} ${google_project_iam_custom_role.this["write"].id}"
    }
    error_message = "An identity holds another role than its own."
  }

  assert {
    condition     = alltrue([for permission in google_project_iam_custom_role.this["read"].permissions : can(regex("\\.(get|list|getIamPolicy)$", permission))])
    error_message = "The reading role holds a permission that writes."
  }

  assert {
    condition     = google_project_iam_member.this["apply-write"].condition[0].expression == "resource.type != \"storage.googleapis.com/Bucket\" || resource.name != \"projects/_/buckets/acme-ballast-staging-state\"" && length(google_project_iam_member.this["plan-read"].condition) == 0
    error_message = "The apply identity may change the state bucket's settings."
  }

  assert {
    condition     = google_project_iam_member.grant.role == google_project_iam_custom_role.this["grant"].id && google_project_iam_member.grant.member == "serviceAccount:${google_service_account.this["apply"].email}" && strcontains(google_project_iam_member.grant.condition[0].expression, "hasOnly([\"roles/container.admin\", \"roles/container.defaultNodeServiceAccount\", \"roles/container.viewer\"])")
    error_message = "The apply identity can hand out any role, to itself too."
  }

  assert {
    condition     = !contains(google_project_iam_custom_role.this["write"].permissions, "resourcemanager.projects.setIamPolicy")
    error_message = "The writing role can hand out any role."
  }

  assert {
    condition     = length(google_storage_bucket_iam_member.state_write["apply"].condition) == 0 && google_storage_bucket_iam_member.state_write["plan"].condition[0].expression == "resource.name.endsWith(\".tflock\")"
    error_message = "A plan can write more of the state bucket than its lock."
  }

  assert {
    condition     = alltrue([for name, member in google_storage_bucket_iam_member.state_read : member.bucket == var.state.bucket && member.member == "serviceAccount:${google_service_account.this[name].email}"])
    error_message = "An identity cannot read the state."
  }
}
