"""What must not be shown, and what must not be stored."""

from __future__ import annotations

from collections.abc import Callable

from ballast.terraform import Core
from tests.terraform.hermetic.conftest import CLOUD, PROBE, Tf


def test_write_only_and_ephemeral_values_reach_no_file(any_core: Core, start: Callable[..., Tf]) -> None:
    tf = start(any_core, PROBE)
    tf.probe(
        """
        variable "turn" { default = 1 }
        ephemeral "probe_token" "login" { name = "admin" }
        resource "probe_thing" "this" {
          name              = "a"
          secret_wo         = "${ephemeral.probe_token.login.value}-and-a-word"
          secret_wo_version = var.turn
        }
        """
    )
    tf.init()
    tf("plan", "-out=plan")
    tf("apply", "plan")
    assert tf.values()["probe_thing.this"]["secret_wo"] is None
    assert "and-a-word" not in (tf.folder / "terraform.tfstate").read_text()
    assert tf.changes() == {}
    assert tf.changes("-var=turn=2") == {"probe_thing.this": ["update"]}


def test_sensitive_values_are_hidden(tf: Tf) -> None:
    tf.probe('resource "probe_thing" "this" { name = "a" }\noutput "key" { value = probe_thing.this.key }')
    tf.init()
    assert "Output refers to sensitive values" in tf("plan", code=1), "the rules file restored the flag"
    tf.probe(
        'resource "probe_thing" "this" { name = "a" }\noutput "key" {\n  value = probe_thing.this.key\n  sensitive = true\n}'
    )
    tf.apply()
    assert "(sensitive value)" in tf("show")


def test_flags_that_snapshots_lost_are_back(start: Callable[..., Tf], core: Core) -> None:
    tf = start(core, CLOUD)
    tf.write("""
        terraform {
          required_providers {
            pagerduty = { source = "pagerduty/pagerduty" }
          }
        }
        resource "aws_secretsmanager_secret_version" "this" {
          secret_id                = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:x"
          secret_string_wo         = "hush"
          secret_string_wo_version = 1
        }
        resource "kubernetes_secret_v1" "this" {
          metadata { name = "x" }
          data = { password = "hush-hush" }
        }
        resource "pagerduty_service_integration" "this" {
          service = "P1"
          vendor  = "P2"
        }
    """)
    tf.init()
    assert "hush" not in tf("plan", "-out=plan")
    tf("apply", "plan")
    assert tf.values()["aws_secretsmanager_secret_version.this"]["secret_string_wo"] is None
    assert tf.values()["kubernetes_secret_v1.this"]["data"] == {"password": "hush-hush"}
    assert "integration_key" in tf("state", "show", "pagerduty_service_integration.this")
    assert tf.values()["pagerduty_service_integration.this"]["integration_key"] not in tf("show")
