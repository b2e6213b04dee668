"""Compares everything that the contract lets one ask of the service with what the independent model answers."""

from datetime import datetime
from typing import Any

from tests.model.contract_model import World
from tests.model.service_subject import ServiceSubject
from tests.model.subjects import comparable_rows


def disagreements(world: World, service: ServiceSubject) -> list[str]:
    """Return a line for every answer in which the two differ."""
    found = [
        f"{question}: {getattr(world, question)()} != {getattr(service, question)()}"
        for question in ("counts", "specialists", "codes_credited")
        if getattr(world, question)() != getattr(service, question)()
    ]
    for account in sorted(world.accounts()):
        found += _about_account(world, service, *account)
    for code in sorted({made.code for made in world.journal.attempts if made.code}):
        expected, told = _comparable_code(world.code(code)), _comparable_code(service.code(code))
        if expected != told:
            found.append(f"code {code}: {expected} != {told}")
    for portal in ("sovetnmo", "edu"):
        found += _about_replicas(world, service, portal)
    return found


def _about_account(world: World, service: ServiceSubject, portal: str, account_id: str) -> list[str]:
    account = portal, account_id
    if world.accounts_of(*account) != service.accounts_of(*account):
        return [f"accounts of {account}"]
    found = []
    expected, told = (comparable_plan(each.plan(*account)) for each in (world, service))
    if expected != told:
        found.append(f"plan of {account}: {expected} != {told}")
    link, said = world.link(*account), service.link(*account)
    if link != (said and {name: said[name] for name in link or said}):
        found.append(f"link of {account}: {link} != {said}")
    return found


def comparable_plan(plan: dict[str, Any]) -> dict[str, Any]:
    """A plan without what differs between two worlds of the same people."""
    names = ("notes", "counts", "credits", "counts_in")
    verdicts = [{name: entry[name] for name in names} for entry in plan["entries"]]
    return {"rows": comparable_rows(plan), "verdicts": verdicts, "totals": plan["totals"], "cycles": plan["cycles"]}


def _comparable_code(code: dict[str, Any] | None) -> dict[str, Any] | None:
    if code is None:
        return None
    attempts = [
        {
            "portal": each["portal"],
            "account_id": each["account_id"],
            "typed": each["typed"],
            "at": each["at"] and datetime.fromisoformat(each["at"].upper()),
            "outcome": each["outcome"],
        }
        for each in code["attempts"]
    ]
    names = ("code", "issued", "revoked", "owner")
    return {name: code[name] for name in names} | {"attempts": attempts}


def _about_replicas(world: World, service: ServiceSubject, portal: str) -> list[str]:
    expected, told = world.replicas(portal), service.replicas(portal)
    found = []
    for key, row in expected.items():
        if row["state"] == "either":
            continue
        said = told.get(key, {"state": "nothing"})
        if said["state"] != row["state"]:
            found.append(f"{portal} was told of {key}: {row} != {said}")
        elif row["is_open"] and row["state"] == "show" and row["replica"] != said["replica"]:
            found.append(f"{portal} was told of {key}: {row['replica']} != {said['replica']}")
    found += [f"{portal} was told of {key} for nothing: {told[key]}" for key in told.keys() - expected.keys()]
    return found
