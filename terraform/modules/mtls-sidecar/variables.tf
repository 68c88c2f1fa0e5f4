variable "secret_name" {
  description = "Secret of the pod's certificate (`tls.crt`, `tls.key`, `ca.crt`), as module certificates makes it. It is mounted as files."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.secret_name))
    error_message = "secret_name is not the name of a secret: 1 to 63 lowercase letters, digits and hyphens."
  }
}

variable "servers" {
  description = "TLS in front of an application that listens on loopback, by name: `port` is where others connect, `target` the application's port, `status` the port of the health endpoint, which asks the application for `path` (a TCP connection without one). Every client must show a certificate of our authority, and one of the DNS names in `clients` where there are any."
  type = map(object({
    port    = number
    target  = number
    status  = number
    path    = optional(string)
    clients = optional(list(string), [])
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for server in values(var.servers) : length(distinct([server.port, server.target, server.status])) == 3])
    error_message = "A server has one port for two things. Give port, target and status three different numbers."
  }

  validation {
    condition     = alltrue([for server in values(var.servers) : startswith(coalesce(server.path, "/"), "/")])
    error_message = "The path of a server does not begin with a slash. Write it as in \"/-/ready\"."
  }
}

variable "clients" {
  description = "Connections that an application without TLS makes, by name: it connects to `port` on loopback, and is taken to `target` (host:port), whose certificate must be for `server_name`."
  type = map(object({
    port        = number
    target      = string
    server_name = string
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for client in values(var.clients) : can(regex("^[a-z0-9.-]+:[0-9]{1,5}$", client.target))])
    error_message = "The target of a client is not host:port, as in \"vmstorage-0.victoriametrics.svc:8443\"."
  }
}

variable "relays" {
  description = "For an application that listens with TLS on loopback and asks for no certificate, by name: others connect to `port` and must show one of our authority, and are taken by TLS to the application's port `target`, whose certificate must be for `server_name`."
  type = map(object({
    port        = number
    target      = number
    server_name = string
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for relay in values(var.relays) : relay.port != relay.target])
    error_message = "A relay's port is its target. Give the application another one, on loopback."
  }
}

variable "health" {
  description = "For an application that speaks TLS itself and whose probes cannot show a certificate: a container whose readiness is that of `path` on the application's `port`, asked with our certificate for `server_name`."
  type = object({
    port        = number
    path        = string
    server_name = string
  })
  default = null
}
