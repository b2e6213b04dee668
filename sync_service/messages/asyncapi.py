"""Describes the topics and their messages as an AsyncAPI 3 document with the Kafka binding."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

from sync_service.messages.catalogue_messages import CATALOGUE
from sync_service.messages.content_modes import STRUCTURED
from sync_service.messages.contracts import CONTRACTS
from sync_service.messages.outcome_messages import OUTGOING_BODIES, SYNC, ReplicaRequested, ReplicaWithdrawn
from sync_service.messages.portal_messages import EDU, SOVETNMO

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sync_service.messages.fields import Body

Schema = dict[str, Any]

EVENT_FILE: Final = "cloudevent.json"
"""The schema of the attributes that every message has."""

CONTRACT_VERSION: Final = "1.0.0"
KAFKA_BINDING_VERSION: Final = "0.5.0"

_TYPE_PREFIX = "ru.nmo."
_TOPIC_NAMES = {SOVETNMO: "sovetnmo", EDU: "edu", CATALOGUE: "catalogue"}
_KEYS = {SOVETNMO: "the account id", EDU: "the account id", CATALOGUE: "the activity id"}
_KINDS_IN = ("events", "backfill")
_REPLICAS = (ReplicaRequested, ReplicaWithdrawn)
_DEAD_LETTER = "dead-letter"


def short_type(full_type: str) -> str:
    """A type's name without its prefix, such as `code.activated.v1`."""
    return full_type.removeprefix(_TYPE_PREFIX)


def file_name(full_type: str) -> str:
    """The file that holds the schema of a type's `data`."""
    return f"{short_type(full_type)}.json"


def asyncapi() -> Schema:
    """The whole document. It refers to the schema files beside it."""
    channels = _channels()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Account synchronization of sovetnmo and edu",
            "version": CONTRACT_VERSION,
            "description": "What the portals and the catalogue send, and what the portals get back. Every message is a "
            "CloudEvents 1.0 event in JSON; Kafka takes both content modes.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": STRUCTURED,
        "channels": channels,
        "operations": {name: _operation(name, channel) for name, channel in channels.items()},
        "components": {"messages": _messages()},
    }


def _channels() -> dict[str, Schema]:
    channels: dict[str, Schema] = {}
    for source, name in _TOPIC_NAMES.items():
        types = [type_ for type_, contract in CONTRACTS.items() if source in contract.sources]
        channels[f"{name}-events"] = _channel(
            f"{name}.events.v1", f"What {source} sends. The key is {_KEYS[source]}.", types
        )
        channels[f"{name}-backfill"] = _channel(
            f"{name}.backfill.v1",
            f"What {source} sends of its past; it gives way to what is live. The key is {_KEYS[source]}.",
            types,
        )
        for kind in _KINDS_IN:
            channels[f"{name}-{kind}-dlq"] = _channel(
                f"{name}.{kind}.v1.dlq",
                f"What {source} sent and could not be read: key, bytes and headers, sealed, and why in headers.",
                [_DEAD_LETTER],
            )
    for source in (SOVETNMO, EDU):
        name, account = _TOPIC_NAMES[source], "The key is that portal's account id."
        replicas = [body.TYPE for body in _REPLICAS]
        outcomes = [body.TYPE for body in OUTGOING_BODIES if body not in _REPLICAS]
        channels[f"{name}-replicas"] = _channel(
            f"{name}.replicas.v1", f"What {source} is to show in its accounts. {account}", replicas
        )
        channels[f"{name}-outcomes"] = _channel(
            f"{name}.outcomes.v1", f"What became of the messages of {source}. {account}", outcomes
        )
    return channels


def _channel(topic: str, description: str, types: Iterable[str]) -> Schema:
    return {
        "address": f"{{prefix}}.{topic}",
        "description": description,
        "parameters": {"prefix": {"default": "nmo", "description": "The setting `SYNC_TOPIC_PREFIX`."}},
        "messages": {short_type(type_): {"$ref": f"#/components/messages/{short_type(type_)}"} for type_ in types},
        "bindings": {"kafka": {"bindingVersion": KAFKA_BINDING_VERSION}},
    }


def _operation(name: str, channel: Mapping[str, Any]) -> Schema:
    """What the service does with the channel: it receives events, live or of the past, and sends everything else."""
    return {
        "action": "receive" if name.endswith(_KINDS_IN) else "send",
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/{message}"} for message in channel["messages"]],
    }


def _messages() -> dict[str, Schema]:
    messages = {
        short_type(type_): _message(contract.body, sorted(contract.sources)) for type_, contract in CONTRACTS.items()
    }
    messages |= {short_type(body.TYPE): _message(body, [SYNC]) for body in OUTGOING_BODIES}
    messages[_DEAD_LETTER] = {
        "name": _DEAD_LETTER,
        "summary": "A message that could not be read, sealed so that only the service opens it.",
        "contentType": "application/vnd.sync-service.sealed",
        "payload": {},
    }
    return messages


def _message(body: type[Body], sources: list[str]) -> Schema:
    cause = {"cause": {"type": "string", "description": "The `id` of the message that this one answers."}}
    event = {
        "properties": {
            **(cause if sources == [SYNC] else {}),
            "source": {"enum": sources},
            "type": {"const": body.TYPE},
            "data": {"$ref": f"./{file_name(body.TYPE)}"},
        },
        "required": ["data"],
    }
    return {
        "name": body.TYPE,
        "title": body.__name__,
        "summary": inspect.getdoc(body),
        "contentType": STRUCTURED,
        "payload": {"allOf": [{"$ref": f"./{EVENT_FILE}"}, event]},
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": KAFKA_BINDING_VERSION}},
    }
