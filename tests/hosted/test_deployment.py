"""The files of docs/hosting fit the server and each other. tests/hosted/test_image.py runs the image's command."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import uvicorn
import yaml

from tests.hosted import image
from videogen_mcp import __version__, cli
from videogen_mcp.protocol import shutdown
from videogen_mcp.protocol.admission import LARGEST_BODY
from videogen_mcp.protocol.readiness import HEALTH_PATH, READY_PATH
from videogen_mcp.settings import VARIABLES, Settings

FILES = ("Dockerfile", "compose.yaml", "kubernetes.yaml", "Caddyfile")

SECRETS = {"VIDEOGEN_API_KEY", "VIDEOGEN_MCP_DATABASE", "VIDEOGEN_MCP_HTTP_TOKEN", "VIDEOGEN_MCP_SECRETS"}

LONGEST_SILENCE = 310
"""Seconds. No host waits longer for an answer than 280 s, and a proxy must not be the first to give up."""


def text(name: str) -> str:
    return (image.FOLDER / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(text("compose.yaml"))
    return loaded


@pytest.fixture(scope="module")
def kubernetes() -> dict[str, dict[str, Any]]:
    """The objects by kind."""
    return {document["kind"]: document for document in yaml.safe_load_all(text("kubernetes.yaml"))}


@pytest.fixture(scope="module")
def pod(kubernetes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = kubernetes["Deployment"]["spec"]["template"]["spec"]
    return found


@pytest.fixture
def replicas(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: service for name, service in compose["services"].items() if name.startswith("server")}


def directive(name: str) -> str:
    """What the Caddyfile says after a directive."""
    (value,) = re.findall(rf"^\s*{name} (.+)$", text("Caddyfile"), re.MULTILINE)
    return str(value)


@pytest.mark.parametrize("name", FILES)
def test_every_variable_that_is_named_is_a_setting(name: str) -> None:
    assert set(re.findall(r"VIDEOGEN_\w+", text(name))) <= set(VARIABLES)


def test_the_image_runs_a_command_that_the_program_takes() -> None:
    *python, command, transport, http, host, address, port, number = image.stages()[-1].command("CMD")
    assert python == ["python", "-m", "videogen_mcp"]
    asked = cli.parser(command).parse_args([command, transport, http, host, address, port, number])
    assert (asked.command, asked.transport, asked.host, asked.port) == ("serve", "http", "0.0.0.0", 8000)
    assert image.stages()[-1].one("EXPOSE") == "8000"


def test_the_image_has_the_server_only_and_an_unprivileged_user() -> None:
    build, final = image.stages()
    assert build.copied == ["pyproject.toml", "uv.lock", "videogen_mcp"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", final.one("USER"))
    assert "--extra postgres" in build.all("RUN")[0]
    ignored, *kept = text("Dockerfile.dockerignore").splitlines()
    assert ignored == "*"
    assert {line[1:] for line in kept if line.startswith("!")} == set(build.copied)


def test_what_is_written_goes_to_memory(replicas: dict[str, dict[str, Any]], pod: dict[str, Any]) -> None:
    """The image's root file system is read-only."""
    state = image.stages()[-1].environment["VIDEOGEN_MCP_STATE_DIR"]
    (container,) = pod["containers"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    in_memory = [mounts[one["name"]] for one in pod["volumes"] if one["emptyDir"]["medium"] == "Memory"]
    for folders in (in_memory, *(replica["tmpfs"] for replica in replicas.values())):
        assert any(state.startswith(folder + "/") for folder in folders)


def test_replicas_of_the_compose_file_are_confined(replicas: dict[str, dict[str, Any]]) -> None:
    assert len(replicas) == 2
    for replica in replicas.values():
        assert replica["read_only"] is True
        assert replica["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in replica["security_opt"]
        assert "ports" not in replica


def test_replicas_of_the_compose_file_share_everything(replicas: dict[str, dict[str, Any]]) -> None:
    one, other = replicas.values()
    assert one == other
    assert one["environment"].keys() >= SECRETS | {"VIDEOGEN_MCP_PUBLIC_URL"}


def test_the_settings_of_the_compose_file_can_be_used(replicas: dict[str, dict[str, Any]]) -> None:
    values = {"POSTGRES_PASSWORD": "0f" * 24, "VIDEOGEN_MCP_SECRETS": "1e" * 32, "DOMAIN": "videogen.example.com"}
    replica = next(iter(replicas.values()))
    for known in (values, {**values, "VIDEOGEN_API_KEY": "sk_one", "VIDEOGEN_MCP_HTTP_TOKEN": "ada:" + "2d" * 32}):
        environment = {name: filled(value, known) for name, value in replica["environment"].items()}
        settings = Settings.from_environment(environment).served_at("0.0.0.0")
        assert settings.problems == ()
        assert settings.hosted
        assert settings.database == f"postgresql://videogen:{'0f' * 24}@postgres/videogen"


def test_the_proxy_knows_every_replica(replicas: dict[str, dict[str, Any]]) -> None:
    assert set(re.findall(r"(\S+):8000", directive("reverse_proxy"))) == set(replicas)


def test_the_proxy_waits_longer_than_any_call_is_silent_and_keeps_connections_for_less_than_the_server() -> None:
    assert seconds(re.findall(r"^\s*read_timeout (\S+)", text("Caddyfile"), re.MULTILINE)[0]) >= LONGEST_SILENCE
    servers_own = inspect.signature(uvicorn.Config).parameters["timeout_keep_alive"].default
    assert seconds(directive("keepalive")) < servers_own
    assert int(directive("max_size").removesuffix("MB")) * 1_000_000 > LARGEST_BODY


def test_processes_are_given_the_time_to_answer_those_who_wait(
    replicas: dict[str, dict[str, Any]], pod: dict[str, Any]
) -> None:
    (container,) = pod["containers"]
    before = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] > before + shutdown.HARD_EXIT
    assert all(seconds(one["stop_grace_period"]) > shutdown.HARD_EXIT for one in replicas.values())


def test_pods_are_confined(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["securityContext"]["runAsNonRoot"] is True
    user = f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}"
    assert user == image.stages()[-1].one("USER")
    assert pod["automountServiceAccountToken"] is False


def test_probes_ask_for_paths_that_the_server_has(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    probes = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")}
    assert probes == {"startup": HEALTH_PATH, "liveness": HEALTH_PATH, "readiness": READY_PATH}
    assert directive("health_uri") == READY_PATH
    assert any(f":8000{HEALTH_PATH}'" in word for word in image.stages()[-1].command("HEALTHCHECK"))


def test_what_is_secret_stands_in_no_pod(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    assert not {one["name"] for one in container["env"]} & SECRETS
    assert set(re.findall(r"--from-literal=(\w+)", text("kubernetes.yaml"))) == SECRETS


def test_everything_of_kubernetes_is_about_the_same_pods(kubernetes: dict[str, dict[str, Any]]) -> None:
    labels = kubernetes["Deployment"]["spec"]["template"]["metadata"]["labels"]
    selectors = [found for document in kubernetes.values() for found in selected(document["spec"])]
    assert len(selectors) == 5
    assert all(selector == labels for selector in selectors)


def test_one_replica_goes_at_a_time(kubernetes: dict[str, dict[str, Any]]) -> None:
    assert kubernetes["Deployment"]["spec"]["replicas"] >= 2
    assert kubernetes["Deployment"]["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert kubernetes["PodDisruptionBudget"]["spec"]["maxUnavailable"] == 1


def test_the_image_of_kubernetes_has_this_version(pod: dict[str, Any]) -> None:
    assert pod["containers"][0]["image"].endswith(f":{__version__}")


def selected(spec: dict[str, Any]) -> Iterator[dict[str, str]]:
    """The labels by which an object of Kubernetes finds pods."""
    found = spec.get("selector") or spec.get("podSelector")
    if found:
        yield found.get("matchLabels", found)
    for spread in spec.get("template", {}).get("spec", {}).get("topologySpreadConstraints", ()):
        yield spread["labelSelector"]["matchLabels"]


def filled(value: str, known: Mapping[str, str]) -> str:
    """What Compose makes of ${NAME:-} and ${NAME:?words}."""
    return re.sub(r"\$\{(\w+):[^}]*\}", lambda found: known.get(found[1], ""), value)


def seconds(duration: str) -> float:
    """What 310s means."""
    return float(duration.removesuffix("s"))
