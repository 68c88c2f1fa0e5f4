"""Which images the pods of each pinned chart run, and where in its values each is named.

A chart's own templates cannot be rendered here, its keys are known: each key that names an image is listed, with the switches
that keep it from running. A test compares the list with the charts' references, so that a new version's new image is missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ballast.terraform.platform.model import Image, Release, Verdict, unproven
from ballast.terraform.platform.pods import pinned


@dataclass(frozen=True, slots=True)
class Place:
    """A path of values under which an image is named, as a map (tag, digest) or a string.

    It runs unless each of `unless` is off in our values: false, or nothing in it. Where it names no tag, the chart
    takes that of `like`. A place may also be all of a part (`grafana`), none of which runs.
    """

    path: str
    unless: tuple[str, ...] = ()
    like: str = ""


def _like(other: str, *paths: str) -> tuple[Place, ...]:
    return tuple(Place(path, like=other) for path in paths)


_LOKI = (
    "backend bloomBuilder bloomGateway bloomPlanner compactor distributor indexGateway ingester overridesExporter "
    "patternIngester querier queryFrontend queryScheduler read ruler singleBinary tableManager write"
)
_RECREATED = (
    "backend bloomBuilder bloomGateway bloomPlanner compactor indexGateway ingester patternIngester ruler singleBinary write"
)
_TEMPO = (
    "backendScheduler backendWorker blockBuilder distributor liveStore metricsGenerator querier "
    "queryFrontend queryFrontend.query"
)

PLACES: Mapping[str, tuple[Place, ...]] = {
    "cert-manager": (
        Place("image"),
        Place("webhook.image"),
        Place("cainjector.image"),
        Place("acmesolver.image"),
        Place("startupapicheck.image", unless=("startupapicheck.enabled",)),
    ),
    "chaos-mesh": (
        Place("images"),
        *_like("images", "controllerManager.image", "chaosDaemon.image"),
        Place("controllerManager.podChaos.podFailure.pauseImage"),
        Place("dashboard.image", unless=("dashboard.create",)),
        Place("dnsServer.image", unless=("dnsServer.create",)),
        Place("bpfki.image", unless=("bpfki.create",)),
        Place("chaosDlv.image", unless=("chaosDlv.enable",)),
        Place("prometheus", unless=("prometheus.create",)),
    ),
    "cloudnative-pg": (Place("image"),),
    "external-secrets": (
        Place("image"),
        Place("webhook.image", unless=("webhook.create",)),
        Place("certController.image", unless=("certController.create",)),
    ),
    "grafana": (
        Place("image"),
        Place("downloadDashboardsImage", unless=("dashboards",)),
        Place("imageRenderer.image", unless=("imageRenderer.enabled",)),
        Place("initChownData.image", unless=("initChownData.enabled",)),
        Place("testFramework.image", unless=("testFramework.enabled",)),
        Place(
            "sidecar.image",
            unless=tuple(f"sidecar.{part}.enabled" for part in ("alerts", "dashboards", "datasources", "notifiers", "plugins")),
        ),
    ),
    "kube-prometheus-stack": (
        Place("prometheus.prometheusSpec.image"),
        Place("alertmanager.alertmanagerSpec.image"),
        Place("prometheusOperator.image"),
        Place("prometheusOperator.prometheusConfigReloader.image"),
        Place("prometheusOperator.thanosImage"),
        Place("prometheusOperator.admissionWebhooks", unless=("prometheusOperator.admissionWebhooks.enabled",)),
        Place("kube-state-metrics.image"),
        Place("kube-state-metrics.kubeRBACProxy.image", unless=("kube-state-metrics.kubeRBACProxy.enabled",)),
        Place("prometheus-node-exporter.image"),
        Place("prometheus-node-exporter.kubeRBACProxy.image", unless=("prometheus-node-exporter.kubeRBACProxy.enabled",)),
        Place(
            "prometheus-node-exporter.permissionInitContainer.image",
            unless=tuple(f"prometheus-node-exporter.permissionInitContainer.fixes.{fix}" for fix in ("rapl", "slabinfo")),
        ),
        Place("prometheus-windows-exporter", unless=("windowsMonitoring.enabled",)),
        Place("thanosRuler", unless=("thanosRuler.enabled",)),
        Place("crds.upgradeJob", unless=("crds.upgradeJob.enabled",)),
        Place("grafana", unless=("grafana.enabled",)),
    ),
    "loki": (
        Place("loki.image"),
        *_like("loki.image", *(f"{part}.image" for part in _LOKI.split())),
        Place("gateway", unless=("gateway.enabled",)),
        Place("lokiCanary.image", unless=("lokiCanary.enabled",)),
        Place("memcached.image", unless=("chunksCache.enabled", "resultsCache.enabled")),
        Place("memcachedExporter.image", unless=("chunksCache.enabled", "resultsCache.enabled")),
        Place("minio", unless=("minio.enabled",)),
        Place("rollout_operator.image", unless=("rollout_operator.enabled",)),
        Place("sidecar.image", unless=("sidecar.rules.enabled",)),
        Place("test.image", unless=("test.enabled",)),
        Place(
            "defaults.statefulSetRecreateJob.image",
            unless=tuple(f"{part}.statefulSetRecreateJob.enabled" for part in _RECREATED.split()),
        ),
    ),
    "opentelemetry-collector": (Place("image"),),
    "prometheus-blackbox-exporter": (Place("image"), Place("configReloader.image", unless=("configReloader.enabled",))),
    "strimzi-kafka-operator": (
        Place("defaultImageTag"),
        *_like(
            "defaultImageTag",
            *("image", "kafka.image", "kafkaInit.image", "topicOperator.image", "userOperator.image", "kafkaExporter.image"),
            *("cruiseControl.image", "kafkaConnect.image", "kafkaMirrorMaker2.image", "kafkaBridge.image"),
            *("buildah.image", "kanikoExecutor.image", "mavenBuilder.image"),
        ),
    ),
    "tempo-distributed": (
        Place("tempo.image"),
        *_like("tempo.image", *(f"{part}.image" for part in _TEMPO.split())),
        Place("gateway.image", unless=("gateway.enabled",)),
        Place("memcached.image", unless=("memcached.enabled",)),
        Place("memcachedExporter.image", unless=("memcachedExporter.enabled",)),
        Place("rollout_operator.image", unless=("rollout_operator.enabled",)),
        *(
            Place(path, unless=("enterprise.enabled",))
            for path in ("enterprise", "adminApi", "enterpriseFederationFrontend", "enterpriseGateway", "tokengenJob")
        ),
        *(Place(path, unless=("enterprise.enabled", "provisioner.enabled")) for path in ("kubectlImage", "provisioner")),
    ),
    "thanos": (
        Place("global.image"),
        Place("ruler.autoImportPrometheusRules.sidecar.image", unless=("ruler.autoImportPrometheusRules.enabled",)),
        Place("rustfs", unless=("rustfs.enabled",)),
        Place("kube-prometheus-stack", unless=("kube-prometheus-stack.enabled",)),
    ),
    "valkey": (Place("image"), Place("metrics.exporter.image", unless=("metrics.enabled",))),
    "vault": (
        Place("server.image"),
        *(Place(f"injector.{key}", unless=("injector.enabled",)) for key in ("image", "agentImage")),
        Place("csi", unless=("csi.enabled",)),
    ),
    "victoria-metrics-cluster": (
        *(Place(f"{part}.image") for part in ("vminsert", "vmselect", "vmstorage")),
        Place("vmauth.image", unless=("vmauth.enabled",)),
        Place("vmstorage.vmbackupmanager.image", unless=("vmstorage.vmbackupmanager.enabled",)),
    ),
}
"""Places by chart. Litmus' are not listed: its operator chooses the images of its agents at run time."""


def chart_images(release: Release) -> tuple[list[Image], Verdict | None]:
    """Images that the values name in the chart's own places, and what is to be said of the others: None when all are named."""
    if (places := PLACES.get(release.chart)) is None:
        return [], unproven(release.where("image"), "nobody has listed where this chart names its images")
    named: list[Image] = []
    silent: list[str] = []
    for place in places:
        if place.unless and all(_off(release, path) for path in place.unless):
            continue
        if reference := _reference(release, place.path):
            named.append(Image(reference, pinned(reference, release.where(place.path))))
        elif not (place.like and _reference(release, place.like)):
            silent.append(place.path)
    if not silent:
        return named, None
    return named, unproven(release.where(silent[0]), f"the chart's version chooses, values do not: {', '.join(silent)}")


def _off(release: Release, path: str) -> bool:
    """Whether a switch is off in our own values; the chart's default is not looked at."""
    value = release.get(*path.split("."), default=True)
    return str(value).lower() == "false" or value == {}


def _reference(release: Release, path: str) -> str:
    """`registry/repository:tag` or with a digest, as far as the values say it; empty where they name no version."""
    value: Any = release.get(*path.split("."))
    if not isinstance(value, Mapping):
        text = str(value or "")
        return text if "/" in text or not text else f"{release.chart}:{text}"
    version = "".join(_version(value))
    name = "/".join(str(value[key]) for key in ("registry", "repository") if value.get(key))
    name = name if value.get("repository") else f"{release.chart} {path}"
    return name + version if version else ""


def _version(image: Mapping[str, Any]) -> Iterator[str]:
    if image.get("tag"):
        yield f":{image['tag']}"
    if digest := image.get("digest") or image.get("sha"):
        yield f"@sha256:{str(digest).removeprefix('sha256:')}"
