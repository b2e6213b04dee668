"""What the containers may do: read from the files that start them, for no engine is needed to see a door left open."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from typer.main import get_command

from sync_service.cli import app
from sync_service.settings import PREFIX, Settings
from tests.supply.audit import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
KEY_DIRECTORY = "/var/lib/sync-service-keys"
PINNED = re.compile(r"[a-z0-9./-]+:v?\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?")
NEVER = {"privileged", "cap_add", "devices", "network_mode", "pid", "ipc", "userns_mode", "env_file", "extra_hosts"}

each_service = pytest.mark.parametrize("name", SERVICES)


def directives(word: str) -> list[str]:
    """The arguments of every such line of the Dockerfile, with the lines that continue it."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return [line.partition(" ")[2] for line in joined.splitlines() if line.startswith(f"{word} ")]


@each_service
def test_no_container_is_root_or_can_become_it(name: str) -> None:
    service = SERVICES[name]
    assert service["user"].partition(":")[0] not in {"", "0", "root"}
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not NEVER & service.keys()


@each_service
def test_no_container_can_write_outside_its_volumes_and_memory(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["pids_limit"] <= 1_000
    sources = [volume.partition(":")[0] for volume in service.get("volumes", [])]
    assert set(sources) <= COMPOSE["volumes"].keys(), "a directory of the machine is mounted"


@each_service
def test_nothing_is_reached_from_another_machine(name: str) -> None:
    assert [port for port in SERVICES[name].get("ports", []) if not port.startswith("127.0.0.1:")] == []


@each_service
def test_every_image_is_pinned_and_every_container_says_how_it_is(name: str) -> None:
    service = SERVICES[name]
    assert PINNED.fullmatch(service["image"]) or (name in OURS and service["image"] == "sync-service:local")
    assert "healthcheck" in service or name in {"migrate", "topics"}


def test_the_master_key_is_written_by_one_container_and_unknown_to_the_portals() -> None:
    mounts = {name: [one for one in SERVICES[name].get("volumes", []) if KEY_DIRECTORY in one] for name in SERVICES}
    assert mounts.pop("migrate") == [f"keys:{KEY_DIRECTORY}"]
    for name in ("portals", "kafka", "postgres"):
        assert mounts.pop(name) == []
        assert not any(word.startswith(f"{PREFIX}MASTER") for word in SERVICES[name]["environment"])
    assert set(map(tuple, mounts.values())) == {(f"keys:{KEY_DIRECTORY}:ro",)}
    for name in mounts:
        assert SERVICES[name]["environment"][f"{PREFIX}MASTER_KEY_FILE"].startswith(f"{KEY_DIRECTORY}/")


@pytest.mark.parametrize("name", OURS)
def test_every_setting_and_command_of_a_container_exists(name: str) -> None:
    service = SERVICES[name]
    settings = {word.removeprefix(PREFIX).lower() for word in service["environment"]}
    assert settings <= Settings.model_fields.keys()
    if "entrypoint" not in service:
        command: Any = get_command(app)
        words = list(service["command"])
        while hasattr(command, "commands"):
            command = command.commands[words.pop(0)]
        command.make_context("sync-service", words)


def test_what_may_be_set_is_in_the_example_with_the_value_that_stands_without_it() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    used = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", text))
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert used == dict(re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE))


def test_the_image_is_built_of_hashed_wheels_and_runs_without_root_and_pip() -> None:
    assert [PINNED.fullmatch(argument.partition("=")[2]) is not None for argument in directives("ARG")] == [True]
    assert {image.partition(" ")[0] for image in directives("FROM")} == {"${PYTHON_IMAGE}"}
    installs = [run for run in directives("RUN") if "pip install" in run]
    assert all("--require-hashes --only-binary :all:" in run or "--no-index --no-deps" in run for run in installs)
    assert "pip uninstall --yes setuptools pip" in installs[-1]
    assert directives("USER") == ["10001:10001"]
    assert DOCKERFILE.rindex("USER ") > DOCKERFILE.rindex("RUN ")
    assert len(directives("HEALTHCHECK")) == 1


def test_docker_compose_accepts_its_file() -> None:
    if shutil.which("docker") is None or subprocess.run(["docker", "compose", "version"], check=False).returncode:
        pytest.skip("needs Docker's compose plugin to read docker-compose.yml as it does")
    read = subprocess.run(["docker", "compose", "config", "--quiet"], cwd=ROOT, check=False, capture_output=True)
    assert (read.returncode, read.stderr) == (0, b"")
