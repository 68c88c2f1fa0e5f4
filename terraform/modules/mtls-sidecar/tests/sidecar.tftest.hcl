variables {
  secret_name = "example-tls"
}

run "nothing_asked_for_nothing_made" {
  assert {
    condition     = length(output.containers) == 0
    error_message = "There are containers though none was asked for."
  }

  assert {
    condition     = one(output.volumes).secret.secretName == "example-tls" && one(output.mounts).name == one(output.volumes).name
    error_message = "The volume is not the certificate's secret, or the mount is of another volume."
  }

  assert {
    condition     = output.files == { cert = "/etc/mtls/tls.crt", key = "/etc/mtls/tls.key", ca = "/etc/mtls/ca.crt" }
    error_message = "The files are not where the secret is mounted."
  }
}

run "a_server_asks_for_certificates" {
  variables {
    servers = {
      api  = { port = 8443, target = 8480, status = 8444, path = "/health", clients = ["grafana.grafana.svc"] }
      data = { port = 9443, target = 9480, status = 9444 }
    }
  }

  assert {
    condition     = alltrue([for flag in ["server", "--listen=0.0.0.0:8443", "--target=127.0.0.1:8480", "--status=http://0.0.0.0:8444", "--target-status=http://127.0.0.1:8480/health", "--allow-dns=grafana.grafana.svc", "--cacert=/etc/mtls/ca.crt"] : contains(output.containers[0].args, flag)])
    error_message = "The tunnel is started with other flags."
  }

  assert {
    condition     = !contains(output.containers[0].args, "--allow-all") && contains(output.containers[1].args, "--allow-all")
    error_message = "A list of clients does not narrow who may connect, or no list narrows it."
  }

  assert {
    condition     = length([for flag in output.containers[1].args : flag if startswith(flag, "--target-status")]) == 0
    error_message = "A path is asked for that was not given."
  }

  assert {
    condition     = output.containers[0].readinessProbe.httpGet.port == 8444
    error_message = "kubelet asks another port than the status."
  }

  assert {
    condition     = alltrue([for container in output.containers : container.securityContext.runAsNonRoot && !container.securityContext.allowPrivilegeEscalation && container.securityContext.capabilities.drop == ["ALL"]])
    error_message = "A container is not fit for Pod Security `restricted`."
  }
}

run "a_client_checks_whom_it_talks_to" {
  variables {
    clients = { storage = { port = 18400, target = "storage-0.storage.example.svc:8400", server_name = "storage.example.svc" } }
  }

  assert {
    condition     = slice(output.containers[0].args, 0, 4) == ["client", "--listen=127.0.0.1:18400", "--target=storage-0.storage.example.svc:8400", "--override-server-name=storage.example.svc"]
    error_message = "The client's tunnel is started with other flags, or listens beyond loopback."
  }
}

run "health_is_asked_with_a_certificate" {
  variables {
    health = { port = 10902, path = "/-/ready", server_name = "thanos.thanos.svc" }
  }

  assert {
    condition     = contains(output.containers[0].readinessProbe.exec.command, "https://thanos.thanos.svc:10902/-/ready") && contains(output.containers[0].readinessProbe.exec.command, "/etc/mtls/tls.key")
    error_message = "The probe asks something else, or without a certificate."
  }
}

run "a_wrong_secret_is_refused" {
  command = plan
  variables {
    secret_name = "Example TLS"
  }
  expect_failures = [var.secret_name]
}

run "one_port_for_two_things_is_refused" {
  command = plan
  variables {
    servers = { api = { port = 8443, target = 8443, status = 8444 } }
  }
  expect_failures = [var.servers]
}

run "a_path_without_a_slash_is_refused" {
  command = plan
  variables {
    servers = { api = { port = 8443, target = 8480, status = 8444, path = "health" } }
  }
  expect_failures = [var.servers]
}

run "a_target_without_a_port_is_refused" {
  command = plan
  variables {
    clients = { storage = { port = 18400, target = "storage", server_name = "storage" } }
  }
  expect_failures = [var.clients]
}

run "a_relay_asks_in_the_applications_place" {
  variables {
    relays = { gossip = { port = 7946, target = 7947, server_name = "loki.loki.svc" } }
  }

  assert {
    condition     = jsondecode(output.containers[0].args[4]).static_resources.listeners[0].filter_chains[0].transport_socket.typed_config.require_client_certificate && jsondecode(output.containers[0].args[4]).static_resources.listeners[0].address.socket_address.port_value == 7946
    error_message = "The relay takes clients without a certificate, or listens elsewhere."
  }

  assert {
    condition     = jsondecode(output.containers[0].args[4]).static_resources.clusters[0].transport_socket.typed_config.sni == "loki.loki.svc" && jsondecode(output.containers[0].args[4]).static_resources.clusters[0].load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address == { address = "127.0.0.1", port_value = 7947 }
    error_message = "The relay does not lead to the application on loopback."
  }
}

run "a_relay_to_itself_is_refused" {
  command = plan
  variables { relays = { gossip = { port = 7946, target = 7946, server_name = "x" } } }
  expect_failures = [var.relays]
}
