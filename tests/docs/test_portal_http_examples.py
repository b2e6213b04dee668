"""What the page for portal developers says of HTTP is what the door does: its example, its codes, its limits."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from pathlib import Path

from starlette.routing import Route

from sync_service.credentials import TOKEN
from sync_service.portal_door import description
from sync_service.portal_door.door import DoorLimits
from sync_service.portal_door.receipts import Status
from sync_service.portal_door.web import mounted
from sync_service.portal_settings import PortalSettings
from tests.unit.portal.desk import Desk

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "portals.md").read_text(encoding="utf-8")
SECTION = PAGE[PAGE.index("### Over HTTP") : PAGE.index("### Rules for all fields")]
REQUEST, ANSWER = re.findall(r"```http\n(.*?)```", SECTION, re.DOTALL)
FAULTS = ROOT / "sync_service" / "portal_door"


def test_the_example_is_answered_as_the_page_says() -> None:
    head, body = REQUEST.split("\n\n", 1)
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head.splitlines()[1:])}
    assert TOKEN.fullmatch(headers["authorization"].removeprefix("Bearer "))
    desk = Desk()
    status, answered = desk.ask(body.encode(), "edu", headers["content-type"])
    told_head, told = ANSWER.split("\n\n", 1)
    assert told_head.splitlines()[0] == f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"
    assert answered == json.loads(told)


def test_the_page_names_every_code_status_and_receipt() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in FAULTS.glob("*.py"))
    codes = set(re.findall(r'HTTPStatus\.[A-Z_]+,\s+"([a-z-]+)"', code)) | {"malformed", "too-many"}
    told = dict(re.findall(r"^\| (\d{3}) \| (.*?) \|", SECTION, re.MULTILINE))
    assert set(re.findall(r"`([a-z-]+)`", " ".join(told.values()))) == codes
    described = set(description.paths()[description.EVENTS_PATH]["post"]["responses"])
    assert described == set(told) | {"202", "422"}
    assert set(re.findall(r"^\| `([a-z]+)` \| ", SECTION, re.MULTILINE)) == {*Status, "status"}  # and the heading


def test_the_numbers_on_the_page_are_the_defaults() -> None:
    limits, settings = DoorLimits(), PortalSettings()
    for name, value in settings.model_dump().items():
        assert getattr(limits, name.removeprefix("portal_")) == value, name
    for told in (
        f"{limits.body_bytes_max // 1024**2} MiB",
        f"{limits.events_max:,} events",
        f"{limits.events_per_s:,} events a second",
        f"{limits.unread_max:,} of your messages",
        f"{limits.body_timeout_s} seconds",
    ):
        assert told in SECTION, told


def test_the_description_has_every_address_and_every_type_that_is_taken() -> None:
    addresses = {f"/portal{route.path}" for route in mounted(Desk().door).routes if isinstance(route, Route)}
    paths = description.paths()
    assert set(paths) == addresses
    content = paths[description.EVENTS_PATH]["post"]["requestBody"]["content"]
    assert all(f"`{media_type}`" in SECTION for media_type in content)
    refs = set(re.findall(r"#/components/schemas/(\w+)", json.dumps([paths, description.schemas()])))
    assert refs <= set(description.schemas())
