"""What the service and the independent model answer about everybody and every code, in one shape to be compared."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tests.model.subjects import comparable_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from uuid import UUID

    from sync_service.bootstrap import Service
    from tests.model.contract_model import World
    from tests.model.journal import Person

Answers = dict[str, Any]
"""By what was asked ("plan", "link" or "code", and of whom) the answer."""

SHOWN = {"origin", "applied"}
LINK_FIELDS = ("state", "request_id", "to_edu", "to_sovetnmo", "applied", "reason")
DIFFERENCES_MAX = 5


def answers_of_model(world: World) -> Answers:
    """Ask the model."""
    answers: Answers = {"counts": world.counts(), "specialists": world.specialists(), "codes": world.codes_credited()}
    for person in _people(world):
        account = min(person)
        answers[f"plan {_name(person)}"] = comparable_rows(world.plan(*account, counting=False))
        answers[f"link {_name(person)}"] = world.link(*account)
    for code in {made.code for made in world.journal.attempts if made.code}:
        told = world.code(code) or {}
        owner = told["owner"] and (told["owner"]["portal"], told["owner"]["account_id"])
        attempts = [(made["portal"], made["account_id"], made["typed"], made["outcome"]) for made in told["attempts"]]
        answers[f"code {code}"] = (owner, attempts)
    return answers


def answers_of_service(service: Service, verdict: Mapping[str, Any]) -> Answers:
    """Ask the live views, and take the counts from the verdict of `check`."""
    answers: Answers = {
        "counts": dict(verdict["messages"]),
        "specialists": verdict["specialists"],
        "codes": verdict["codes_credited"],
    }
    plans = _by_owner(service, "learning_plan", "entries")
    links = _by_owner(service, "link_progress", "links")
    for owner, accounts in _by_owner(service, "directory", "accounts").items():
        name = _name(frozenset((row["portal"], row["account_id"]) for row in accounts))
        answers[f"plan {name}"] = _plan(plans[owner])
        answers[f"link {name}"] = _link(links[owner])
    answers.update(_codes(service))
    return answers


def shown_by_model(world: World, portal: str) -> set[tuple[str, str]]:
    """What the portal's accounts must show, as account ids with activity keys."""
    return {
        (account_id, row["activity_key"])
        for person in _people(world)
        for place, account_id in person
        if place == portal
        for row in world.plan(place, account_id, counting=False)["entries"]
        if row["shown_in"][portal] in SHOWN
    }


def differences(expected: Mapping[Any, Any], found: Mapping[Any, Any]) -> list[str]:
    """The first few questions that are answered differently; empty where all agree."""
    wrong = [key for key in {**expected, **found} if expected.get(key) != found.get(key)]
    told = [f"{key}: expected {expected.get(key)}, found {found.get(key)}" for key in wrong[:DIFFERENCES_MAX]]
    return [*told, f"{len(wrong)} in all"] if wrong else []


def _people(world: World) -> set[Person]:
    return {world.accounts_of(*account) for account in world.accounts()}


def _name(person: Iterable[tuple[str, str]]) -> str:
    return " ".join(sorted(f"{portal}:{account_id}" for portal, account_id in person))


def _by_owner(service: Service, view: str, table: str) -> dict[UUID, list[dict[str, Any]]]:
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in service.views.find(view, table):
        found[row["owner"]].append(row)
    return found


def _plan(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    shaped = [
        row
        | {
            "completed_on": row["completed_on"].isoformat(),
            "shown_in": {"sovetnmo": row["shown_in_sovetnmo"], "edu": row["shown_in_edu"]},
        }
        for row in rows
    ]
    shaped.sort(key=lambda row: (row["completed_on"], row["activity_key"]))
    return comparable_rows({"entries": shaped})


def _link(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The link that joined, else the latest attempt."""
    latest = max(rows, key=lambda row: (row["is_joined"], row["attempt"]), default=None)
    return latest and {name: latest[name] for name in LINK_FIELDS}


def _codes(service: Service) -> Iterator[tuple[str, Any]]:
    attempts = _by_owner(service, "code_register", "attempts")
    for row in service.views.find("code_register", "codes"):
        made = sorted(attempts[row["owner"]], key=lambda attempt: attempt["number"])
        if made:
            owner = row["owner_portal"] and (row["owner_portal"], row["owner_account"])
            told = [(each["portal"], each["account_id"], each["typed"], each["outcome"]) for each in made]
            yield f"code {row['code']}", (owner, told)
