# Who may change what: a folder belongs to a team; everybody may look, unless the folder is its team's alone.

resource "grafana_team" "this" {
  for_each = var.teams

  name    = each.key
  members = each.value.members

  # People come and go by their groups where Grafana can follow them (Enterprise and Cloud).
  ignore_externally_synced_members = true

  dynamic "team_sync" {
    for_each = length(each.value.groups) > 0 ? [each.value.groups] : []

    content {
      groups = team_sync.value
    }
  }
}

resource "grafana_folder" "this" {
  for_each = merge(var.folders, local.alert_folders)

  uid                          = each.key
  title                        = each.value.title
  prevent_destroy_if_not_empty = true
}

resource "grafana_folder_permission" "this" {
  for_each = merge(var.folders, local.alert_folders)

  folder_uid = grafana_folder.this[each.key].uid

  dynamic "permissions" {
    for_each = each.value.private ? [] : ["Viewer", "Editor"]

    content {
      role       = permissions.value
      permission = "View"
    }
  }

  dynamic "permissions" {
    for_each = compact([each.value.team])

    content {
      team_id    = grafana_team.this[permissions.value].id
      permission = "Edit"
    }
  }
}

# Files decide: a change in the browser is undone by the next apply.
resource "grafana_dashboard" "this" {
  for_each = setunion(fileset(var.dashboards, "*.json"), fileset(var.dashboards, "*/*.json")) # the first are at the top, in no folder

  folder      = try(grafana_folder.this[dirname(each.value)].uid, null)
  config_json = file("${var.dashboards}/${each.value}")
  overwrite   = true
  message     = "from ${each.value}"

  lifecycle {
    precondition {
      condition     = contains(concat(keys(var.folders), ["."]), dirname(each.value))
      error_message = "The dashboard ${each.value} is in a folder that var.folders does not know. Add the folder ${dirname(each.value)} with its team."
    }
  }
}
