"""Every door that takes bytes from outside, by the word that names it on the fuzzer's command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.fuzz.api_door import ApiDoor
from tests.fuzz.files_door import LinesDoor, TablesDoor, TopicLinesDoor
from tests.fuzz.messages_door import MessagesDoor
from tests.fuzz.texts_door import CodesDoor, SearchDoor
from tests.fuzz.web_door import ConsoleDoor, PortalDoor

if TYPE_CHECKING:
    from tests.fuzz.door import Door

DOORS: Final[dict[str, Door]] = {
    door.name: door
    for door in (
        MessagesDoor(),
        LinesDoor(),
        TopicLinesDoor(),
        TablesDoor(),
        CodesDoor(),
        SearchDoor(),
        ConsoleDoor(),
        ApiDoor(),
        PortalDoor(),
    )
}
