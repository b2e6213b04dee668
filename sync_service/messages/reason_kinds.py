"""What many reasons for parking share: the field and the kind of fault, told from the reason's own text."""

from __future__ import annotations

import re
from typing import Final

from sync_service.messages.faults import TEXTS, Kind
from sync_service.messages.problems import ID_REUSED
from sync_service.messages.reason_words import KIND_WORDS, field_words

ID_REUSED_KIND: Final = "id_reused"
OTHER: Final = "other"
"""The class of a reason that no pattern fits: an older version worded it, or its field is none of ours."""

ID_REUSED_WORDS: Final = (
    "номер сообщения уже был с другим содержанием",
    "the id was used before with other content",
)
OTHER_WORDS: Final = ("другие причины", "other reasons")

_PARTICULAR = re.compile(r"\{.*?\}")
_FIELD = re.compile(r"([A-Za-z_.]{1,60}): ")
_KINDS: Final = {
    kind: re.compile(r".* / (?:.*[:;] )?" + re.sub(r"\\\{.*?\\\}", ".*", re.escape(english)), re.DOTALL)
    for kind, (_, english) in TEXTS.items()
}


def class_of(reason: str) -> str:
    """`<field>: <kind>` of one reason, without what is particular to one message."""
    if reason == ID_REUSED:
        return ID_REUSED_KIND
    field = _FIELD.match(reason)
    kind = next((kind for kind, pattern in _KINDS.items() if pattern.fullmatch(reason)), None)
    return f"{field[1]}: {kind}" if field and kind else OTHER


def kind_only(reason: str) -> str:
    """A reason of the same class that says nothing particular: no value, no name, no place."""
    found = class_of(reason)
    field, _, kind = found.rpartition(": ")
    if found == ID_REUSED_KIND:
        return reason
    if kind not in TEXTS:
        return OTHER
    russian, english = (_PARTICULAR.sub("…", text) for text in TEXTS[kind])
    return f"{field}: {russian} / {english}"


def words_of(reason_class: str) -> tuple[str, str]:
    """A class in words, Russian and English, with its field as people call it."""
    path, _, kind = reason_class.rpartition(": ")
    if reason_class == ID_REUSED_KIND:
        return ID_REUSED_WORDS
    if kind not in list(Kind):
        return OTHER_WORDS
    (russian, english), (field, field_en) = KIND_WORDS[Kind(kind)], field_words(path)
    return russian.format(field=field), english.format(field=field_en)
