"""Mistakes in a configuration: who finds them, where, and in which words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ballast.terraform import Core
from tests.terraform.hermetic.conftest import CLOUD, HEADER, Tf

# The argument lines of a resource "probe_thing", and a piece of what is said about them at their line.
MISTAKES = {
    'name = "a"\n  nmae = "b"': (2, 'An argument named "nmae" is not expected here'),
    "size = 2": (0, 'The argument "name" is required'),
    'name = "a"\n  size = "many"': (2, "a number is required"),
    'name = "a"\n  disk {}': (2, 'The argument "gigabytes" is required'),
    'name = "a"\n  disk { gigabytes = 1 }\n  disk { gigabytes = 2 }\n  disk { gigabytes = 3 }': (
        4,
        'No more than 2 "disk" blocks',
    ),
    'name = "a"\n  dsk {}': (2, 'Blocks of type "dsk" are not expected here'),
    'name = "a"\n  arn = "mine"': (2, 'The provider decides "arn"'),
    'name = "a"\n  parts = []': (2, 'The provider decides "parts"'),
    'name = "a"\n  disk {\n    gigabytes = 1\n    path = "/x"\n  }': (4, 'The provider decides "path"'),
    'name = "a"\n  settings = { mode = "x" }': (2, 'attribute "level" is required'),
    'name = "a"\n  tier = "huge"': (2, "the provider takes one of: small, large"),
    'name = "a"\n  size = 10': (2, "the provider takes 1 to 9"),
    'name = "a"\n  settings = { level = 4 }': (2, "the provider takes 0 to 3"),
    'name = "A b"': (1, "the provider takes what matches [a-z][a-z0-9-]*"),
    'name = "a"\n  zone = "z"\n  anything = 1': (3, 'Only one of these can be set: "zone", "anything"'),
}


def test_every_mistake_is_named_at_its_line(tf: Tf) -> None:
    text = ""
    expected: list[tuple[int, str]] = []
    for number, (lines, (at, words)) in enumerate(MISTAKES.items()):
        start = text.count("\n") + HEADER.count("\n") + 1
        expected.append((start + at, words))
        text += f'resource "probe_thing" "n{number}" {{\n  {lines}\n}}\n'
    tf.probe(text)
    tf.init()
    # A core that finds a mistake of its own in a resource does not ask the provider about it: each has a resource for itself.
    found = tf.json_failing("validate", "-json")
    said = [(d["range"]["start"]["line"], f"{d['summary']} {d['detail']}") for d in found["diagnostics"]]
    missing = [(line, words) for line, words in expected if not any(line == at and words in text for at, text in said)]
    assert not missing, said
    assert len(said) == len(expected)


def test_values_that_are_not_known_yet_are_no_mistake(tf: Tf) -> None:
    tf.probe(
        """
        resource "probe_thing" "a" { name = "a" }
        resource "probe_thing" "b" {
          name     = probe_thing.a.key
          tier     = probe_thing.a.key
          zone     = probe_thing.a.zone
          anything = probe_thing.a.arn
        }
        """
    )
    tf.init()
    tf("validate")


def test_a_provider_configured_from_its_own_root_is_refused(tf: Tf) -> None:
    tf.probe(
        """
        provider "probe" {
          alias    = "inner"
          endpoint = local.endpoint
        }
        locals { endpoint = probe_thing.cluster.arn }
        resource "probe_thing" "cluster" { name = "cluster" }
        resource "probe_thing" "inside" {
          provider = probe.inner
          name     = "inside"
        }
        """
    )
    tf.init()
    said = tf("plan", code=1)
    assert "Provider configured from a resource of its own root" in said
    assert '"endpoint" of ballast/probe is known only after apply' in said


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ('"aws_eks_cluster" "x" {\n name = "x"\n role_arn = "admin"\n vpc_config { subnet_ids = [] }\n}', '"role_arn" is'),
        ('"aws_s3_bucket" "x" {\n bucket = "Not_A_Bucket"\n}', '"bucket" is'),
        ('"aws_cloudwatch_log_group" "x" {\n retention_in_days = 42\n}', '"retention_in_days" is 42'),
        (
            '"google_container_cluster" "x" {\n name = "x"\n release_channel { channel = "FAST" }\n}',
            '"release_channel.channel" is',
        ),
        ('"google_storage_bucket_iam_member" "x" {\n bucket = "b"\n role = "admin"\n member = "me"\n}', '"member" is'),
        ('"aws_route" "x" {\n route_table_id = "rtb-1"\n}', "One of these must be set"),
    ],
)
def test_mistakes_that_real_providers_find(resource: str, words: str, start: Callable[..., Tf], core: Core) -> None:
    tf = start(core, CLOUD, only=["hashicorp/aws", "hashicorp/google"])
    tf.write(f"resource {resource}\n")
    tf.init()
    assert words in tf("validate", code=1)
