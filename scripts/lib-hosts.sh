# shellcheck shell=bash
# What the scripts for environments and hosts share. Needs lib.sh.

# environment NAME: stop unless there is an inventory and a Terraform environment of that name.
environment() {
  case "${1:-}" in "" | -* | */*) die "name an environment: $(cd ansible/inventories && echo *)" ;; esac
  [ -d "ansible/inventories/$1" ] || die "no environment '$1'; there are: $(cd ansible/inventories && echo *)"
}

# ballast ARGUMENT…: ours, or what BALLAST names.
ballast() {
  [ -n "${BALLAST:-}" ] || { scripts/bootstrap.sh && BALLAST=$PWD/.ballast/venv/bin/ballast; }
  "$BALLAST" "$@"
}

# playbook ENVIRONMENT NAME ARGUMENT…: run ansible/playbooks/NAME.yml on the environment's hosts.
playbook() {
  local environment=$1 name=$2
  shift 2
  [ -n "${ANSIBLE_PLAYBOOK:-}" ] || { scripts/ansible.sh && ANSIBLE_PLAYBOOK=$PWD/.ballast/ansible-venv/bin/ansible-playbook; }
  (cd ansible && exec "$ANSIBLE_PLAYBOOK" "playbooks/$name.yml" -i "inventories/$environment" "$@")
}
