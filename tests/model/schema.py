"""The tables of CONTRACT.md section 1 as tables: who may send which type, and what its fields are."""

from dataclasses import dataclass

PREFIX = "ru.nmo."
VERSION = ".v1"
SOURCES = ("/portals/sovetnmo", "/portals/edu", "/catalogue", "/support")
PORTALS = {"/portals/sovetnmo": "sovetnmo", "/portals/edu": "edu"}
BOTH = frozenset({"/portals/sovetnmo", "/portals/edu"})
SOVETNMO = frozenset({"/portals/sovetnmo"})
EDU = frozenset({"/portals/edu"})
CATALOGUE = frozenset({"/catalogue"})

ENUMS = {
    "specversion": ("1.0",),
    "source": SOURCES,
    "education_level": ("higher", "higher_nursing", "secondary"),
    "audience": ("doctors", "nurses"),
    "activity_kind": ("event", "module", "programme"),
    "replica_refusal": ("duplicate", "rejected", "temporarily"),
}
TEXT_LENGTH_MAX = {"id": 200, "text": 1000, "code": 1000}
MESSAGE_BYTES_MAX = 256 * 1024
CODES_ISSUED_MAX = 10_000
NESTING_MAX = 1000


@dataclass(frozen=True)
class Field:
    """One known field: its name, the sort of its value, and whether it may be absent or null."""

    name: str
    sort: str
    required: bool = True


@dataclass(frozen=True)
class MessageType:
    """One message type: who may send it, and its fields."""

    senders: frozenset[str]
    fields: tuple[Field, ...]


def _fields(text: str) -> tuple[Field, ...]:
    """Read "name:sort name?:sort …"; a name without a sort is an id."""
    fields = []
    for word in text.split():
        name, _, sort = word.partition(":")
        fields.append(Field(name.rstrip("?"), sort or "id", required=not name.endswith("?")))
    return tuple(fields)


ACCREDITATION = _fields("audience:audience education_level:education_level credits:number specialties:texts")
ENVELOPE = _fields("specversion:specversion id source:source type:type subject?:id time:instant data:object")

TYPES = {
    "account.registered": MessageType(
        BOTH,
        _fields(
            "account_id email:text full_name?:text snils?:snils education_level:education_level audience:audience "
            "specialties:texts registered_at:instant"
        ),
    ),
    "account.changed": MessageType(
        BOTH,
        _fields(
            "account_id email?:text full_name?:text snils?:snils education_level?:education_level audience?:audience "
            "specialties?:texts changed_at:instant"
        ),
    ),
    "account.closed": MessageType(BOTH, _fields("account_id closed_at:instant")),
    "account.reopened": MessageType(BOTH, _fields("account_id reopened_at:instant")),
    "cycle.opened": MessageType(
        BOTH,
        _fields(
            "account_id cycle_id specialty:text education_level:education_level starts_on:date ends_on:date "
            "policy?:text"
        ),
    ),
    "code.activated": MessageType(BOTH, _fields("account_id code:code activated_at:instant activity_id?")),
    "module.completed": MessageType(BOTH, _fields("account_id module_id completed_on:date code?:code")),
    "programme.completed": MessageType(
        BOTH,
        _fields("account_id programme_id hours:number distance_hours:number completed_on:date organisation:text"),
    ),
    "link.requested": MessageType(EDU, _fields("account_id sovetnmo_account_id request_id requested_at:instant")),
    "link.confirmed": MessageType(SOVETNMO, _fields("account_id edu_account_id request_id confirmed_at:instant")),
    "link.declined": MessageType(
        SOVETNMO, _fields("account_id edu_account_id request_id declined_at:instant reason:text")
    ),
    "activity.reversed": MessageType(BOTH, _fields("account_id activity_key:text reason:text reversed_at:instant")),
    "replica.applied": MessageType(BOTH, _fields("account_id activity_key:text remote_ref?:text applied_at:instant")),
    "replica.refused": MessageType(
        BOTH, _fields("account_id activity_key:text reason:replica_refusal detail?:text refused_at:instant")
    ),
    "activity.published": MessageType(
        CATALOGUE,
        _fields(
            "activity_id kind:activity_kind title:text provider:text place?:text held_on?:date foreign?:bool "
            "accreditation:accreditation"
        ),
    ),
    "activity.withdrawn": MessageType(CATALOGUE, _fields("activity_id reason:text withdrawn_at:instant")),
    "codes.issued": MessageType(CATALOGUE, _fields("activity_id audience:audience codes:codes")),
    "codes.revoked": MessageType(CATALOGUE, _fields("activity_id codes:codes reason:text revoked_at:instant")),
}
