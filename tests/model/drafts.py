"""Valid messages of every type, as an author draws them."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.model.author import Author, Said
from tests.model.people import is_open
from tests.model.spelling import spelled
from tests.model.vocabulary import DAYS, LEVELS, SPECIALTIES, SPECIALTY_SPELLINGS, an_instant


@dataclass(frozen=True)
class Draft:
    """What a message is to say, before it has an id and a time."""

    kind: str
    source: str
    said: Said


def draw(author: Author, kind: str) -> Draft:
    """Return a valid message of this type."""
    made = DRAFTS[kind](author)
    return made if isinstance(made, Draft) else Draft(kind, *made)


def _registered(author: Author) -> tuple[str, Said]:
    account = author.account()
    needed = author.facts(account, 1.0)
    optional = {name: author.maybe(needed.pop(name), 0.7) for name in ("full_name", "snils")}
    return author.from_account(account, **needed, **optional, registered_at=an_instant(author.chance))


def _changed(author: Author) -> tuple[str, Said]:
    account = author.account()
    return author.from_account(account, **author.facts(account, 0.4), changed_at=an_instant(author.chance))


def _closed(author: Author) -> tuple[str, Said]:
    joined = author.joined()
    account = author.chance.choice(joined) if joined and author.chance.random() < 0.5 else author.account()
    return author.from_account(account, closed_at=an_instant(author.chance))


def _reopened(author: Author) -> tuple[str, Said]:
    account, journal = author.account(), author.world.journal
    closed = [each for each in author.joined() if not is_open(journal, each, len(journal.messages))]
    if closed and author.chance.random() < 0.7:
        account = author.chance.choice(closed)
    at = f"{DAYS[-1]}T23:30:00Z" if author.chance.random() < 0.5 else an_instant(author.chance)
    return author.from_account(account, reopened_at=at)


def _cycle(author: Author) -> tuple[str, Said]:
    starts = author.chance.choice(("2020-06-01", "2025-03-01", "2025-05-12"))
    ends = author.chance.choice(("2025-05-12", "2025-05-31", "2030-05-31"))
    level = author.chance.choice((LEVELS[0], LEVELS[0], LEVELS[1]))
    said = {"cycle_id": f"c{author.chance.randint(1, 3)}", "education_level": level}
    specialty, policy = author.chance.choice((SPECIALTIES[0], *SPECIALTIES)), author.maybe("model", 0.3)
    return author.from_account(
        author.account(), **said, specialty=specialty, starts_on=starts, ends_on=ends, policy=policy
    )


def _activated(author: Author) -> tuple[str, Said]:
    if author.chance.random() < 0.65:
        return author.from_account(author.account(), code=author.typed_code(), activated_at=an_instant(author.chance))
    at = an_instant(author.chance) if author.chance.random() < 0.7 else f"{DAYS[-1]}T23:30:00Z"
    code = spelled(author.chance, author.unissued_code())
    return author.from_account(author.account(), code=code, activated_at=at, activity_id=author.vouched_activity())


def _module(author: Author) -> tuple[str, Said]:
    module, day = author.chance.choice(author.words.modules), author.chance.choice(DAYS)
    code = author.maybe(author.typed_code(), 0.35)
    if author.chance.random() < 0.1:
        code, day = spelled(author.chance, author.barred_code()), DAYS[-1]
    return author.from_account(author.account(), module_id=module, completed_on=day, code=code)


def _programme(author: Author) -> tuple[str, Said]:
    said = {"programme_id": author.words.programmes[0], "completed_on": author.chance.choice(DAYS)}
    hours = author.chance.choice((0, 18, 36, 36.5, 144))
    return author.from_account(
        author.account(), **said, hours=hours, distance_hours=hours / 2, organisation="Академия «Пример»"
    )


def _echo(author: Author) -> Draft:
    """Report a completion that one account has from any account, mostly the person's other one."""
    recordings = author.world.journal.recordings
    recording = author.chance.choice(recordings) if recordings else None
    if recording is None or recording.key.startswith("code:"):
        return draw(author, "module.completed")
    others = author.world.accounts_of(*recording.account) - {recording.account}
    account = min(others) if others and author.chance.random() < 0.8 else author.account()
    said = recording.message.said | {"account_id": account[1]}
    return Draft(recording.message.kind, f"/portals/{account[0]}", said)


def _requested(author: Author) -> tuple[str, Said]:
    request, edu, sovetnmo = author.pair()
    said = {"sovetnmo_account_id": sovetnmo, "request_id": request, "requested_at": an_instant(author.chance)}
    return author.from_account(("edu", edu), **said)


def _answered(author: Author, instant_name: str, reason: str | None) -> tuple[str, Said]:
    request, edu, sovetnmo = author.pair()
    said = {"edu_account_id": edu, "request_id": request, instant_name: an_instant(author.chance), "reason": reason}
    return author.from_account(("sovetnmo", sovetnmo), **said)


def _reversed(author: Author) -> tuple[str, Said]:
    key, account = author.key(), author.account()
    recordings = author.world.journal.recordings
    if recordings and author.chance.random() < 0.6:
        recording = author.chance.choice(recordings)
        key = recording.key
        account = author.chance.choice(sorted(author.world.accounts_of(*recording.account)))
    return author.from_account(account, activity_key=key, reason="ошибка", reversed_at=an_instant(author.chance))


def _applied(author: Author) -> tuple[str, Said]:
    account, key = author.acknowledged()
    reference = author.maybe("запись-1", 0.5)
    return author.from_account(account, activity_key=key, remote_ref=reference, applied_at=an_instant(author.chance))


def _not_applied(author: Author) -> tuple[str, Said]:
    account, key = author.acknowledged()
    reason = author.chance.choice(("duplicate", "rejected", "temporarily"))
    said = {"activity_key": key, "reason": reason, "refused_at": an_instant(author.chance)}
    return author.from_account(account, **said, detail=author.maybe("подробность", 0.3))


def _published(author: Author) -> tuple[str, Said]:
    activity_id = author.activity()
    kind = author.words.kind_of(activity_id)
    said: Said = {"activity_id": activity_id, "kind": kind, "provider": "Организатор"}
    said |= {"title": f"Активность {author.chance.randint(1, 3)}", "accreditation": _rows(author)}
    if kind == "event":
        said["held_on"] = author.chance.choice(DAYS)
    if author.chance.random() < 0.2:
        said["foreign"] = author.chance.random() < 0.4
    if author.chance.random() < 0.3:
        said["place"] = "Москва"
    return "/catalogue", said


def _rows(author: Author) -> list[Said]:
    rows = []
    for _ in range(author.chance.choice((0, 1, 2, 3, 3, 4))):
        names = [
            author.chance.choice(SPECIALTIES + SPECIALTY_SPELLINGS)
            for _ in range(author.chance.choice((0, 1, 2, 3, 4, 5)))
        ]
        row = {"audience": author.chance.choice(("doctors", "doctors", "nurses")), "specialties": names}
        level = author.chance.choice((LEVELS[0], LEVELS[0], LEVELS[1]))
        rows.append(row | {"education_level": level, "credits": author.chance.randint(0, 6)})
    return rows


def _withdrawn(author: Author) -> tuple[str, Said]:
    said = {"activity_id": author.activity(), "reason": "снята", "withdrawn_at": an_instant(author.chance)}
    return "/catalogue", said


def _issued(author: Author) -> tuple[str, Said]:
    activity_id = author.chance.choice((*author.words.events, *author.words.modules))
    audience = author.chance.choice(("doctors", "doctors", "nurses"))
    waiting = author.waiting_code()
    if waiting and author.chance.random() < 0.25:
        activity_id = author.words.activity_of[waiting]
        return "/catalogue", {"activity_id": activity_id, "audience": audience, "codes": [waiting]}
    return "/catalogue", {"activity_id": activity_id, "audience": audience, "codes": author.codes(activity_id)}


def _revoked(author: Author) -> tuple[str, Said]:
    activity_id = author.chance.choice((*author.words.events, *author.words.modules))
    said = {"activity_id": activity_id, "codes": author.codes(activity_id), "reason": "ошибка"}
    return "/catalogue", said | {"revoked_at": an_instant(author.chance)}


DRAFTS: dict[str, Callable[[Author], tuple[str, Said] | Draft]] = {
    "account.registered": _registered,
    "account.changed": _changed,
    "account.closed": _closed,
    "account.reopened": _reopened,
    "cycle.opened": _cycle,
    "code.activated": _activated,
    "module.completed": _module,
    "programme.completed": _programme,
    "echo": _echo,
    "link.requested": _requested,
    "link.confirmed": lambda author: _answered(author, "confirmed_at", None),
    "link.declined": lambda author: _answered(author, "declined_at", "не мой кабинет"),
    "activity.reversed": _reversed,
    "replica.applied": _applied,
    "replica.refused": _not_applied,
    "activity.published": _published,
    "activity.withdrawn": _withdrawn,
    "codes.issued": _issued,
    "codes.revoked": _revoked,
}
