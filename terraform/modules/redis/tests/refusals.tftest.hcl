variables {
  tls            = { secret_name = "redis-tls", server_name = "redis.redis.svc" }
  priority_class = "platform"
  users          = { gateway = { keys = ["gateway:*"] } }
}

run "refuses_the_default_user" {
  command = plan
  variables {
    users = { default = { keys = ["gateway:*"] } }
  }
  expect_failures = [var.users]
}

run "refuses_all_keys" {
  command = plan
  variables {
    users = { gateway = { keys = ["*"] } }
  }
  expect_failures = [var.users]
}

run "refuses_all_commands" {
  command = plan
  variables {
    users = { gateway = { keys = ["gateway:*"], commands = ["+@all"] } }
  }
  expect_failures = [var.users]
}

run "refuses_a_size_in_words" {
  command = plan
  variables {
    sizing = { memory = "1G" }
  }
  expect_failures = [var.sizing]
}
