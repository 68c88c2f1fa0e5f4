# Two identities an environment, taken by GitHub's jobs with their OIDC token: no key exists that could leak.
# `plan` reads; `apply` also writes, and only jobs of the protected GitHub environment get it.

locals {
  # The job's GitHub environment decides what it may become.
  subjects = {
    plan  = "repo:${var.github.organization}/${var.github.repository}:environment:${var.environment}-plan"
    apply = "repo:${var.github.organization}/${var.github.repository}:environment:${var.environment}"
  }

  not_state = {
    title       = "not-the-state-bucket"
    description = "The state bucket's settings are the bootstrap root's alone."
    expression  = "resource.type != \"storage.googleapis.com/Bucket\" || resource.name != \"projects/_/buckets/${var.state.bucket}\""
  }

  lock_only = {
    title       = "locks"
    description = "A plan writes nothing but its lock."
    expression  = "resource.name.endsWith(\".tflock\")"
  }
}

resource "google_iam_workload_identity_pool" "github" {
  project                   = var.account.id
  workload_identity_pool_id = "${var.name}-ci"
  display_name              = "GitHub jobs of ${var.environment}"
}

resource "google_iam_workload_identity_pool_provider" "github" {
  project                            = var.account.id
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  attribute_condition                = "assertion.repository == \"${var.github.organization}/${var.github.repository}\""

  attribute_mapping = {
    "google.subject"       = "assertion.sub"
    "attribute.repository" = "assertion.repository"
  }

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account" "this" {
  for_each = local.subjects

  project      = var.account.id
  account_id   = "${substr(var.name, 0, 20)}-ci-${each.key}"
  display_name = "GitHub jobs that ${each.key} ${var.environment}"
}

resource "google_service_account_iam_member" "this" {
  for_each = local.subjects

  service_account_id = google_service_account.this[each.key].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principal://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}/subject/${each.value}"
}

resource "google_project_iam_custom_role" "this" {
  for_each = local.permissions

  project     = var.account.id
  role_id     = replace("${var.name}_ci_${each.key}", "-", "_")
  title       = "${var.name} CI: ${each.key}"
  description = "Part of what CI may do in ${var.environment}: ${each.key}."
  permissions = each.value
}

resource "google_project_iam_member" "this" {
  for_each = {
    "plan-read"   = { identity = "plan", role = "read", conditions = [] }
    "apply-read"  = { identity = "apply", role = "read", conditions = [] }
    "apply-write" = { identity = "apply", role = "write", conditions = [local.not_state] }
  }

  project = var.account.id
  role    = google_project_iam_custom_role.this[each.value.role].id
  member  = "serviceAccount:${google_service_account.this[each.value.identity].email}"

  dynamic "condition" {
    for_each = each.value.conditions

    content {
      title       = condition.value.title
      description = condition.value.description
      expression  = condition.value.expression
    }
  }
}

# `apply` may hand out the few project roles that our modules hand out, and no other: it cannot raise itself.
resource "google_project_iam_member" "grant" {
  project = var.account.id
  role    = google_project_iam_custom_role.this["grant"].id
  member  = "serviceAccount:${google_service_account.this["apply"].email}"

  condition {
    title       = "roles-of-our-modules"
    description = "Only the project roles that our modules bind."
    expression  = "api.getAttribute(\"iam.googleapis.com/modifiedGrantsByRole\", []).hasOnly([${join(", ", [for role in local.grantable_roles : "\"${role}\""])}])"
  }
}

# State: both read it; a plan writes nothing but its lock.
resource "google_storage_bucket_iam_member" "state_read" {
  for_each = local.subjects

  bucket = var.state.bucket
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${google_service_account.this[each.key].email}"
}

resource "google_storage_bucket_iam_member" "state_write" {
  for_each = { plan = [local.lock_only], apply = [] }

  bucket = var.state.bucket
  role   = "roles/storage.objectUser"
  member = "serviceAccount:${google_service_account.this[each.key].email}"

  dynamic "condition" {
    for_each = each.value

    content {
      title       = condition.value.title
      description = condition.value.description
      expression  = condition.value.expression
    }
  }
}
