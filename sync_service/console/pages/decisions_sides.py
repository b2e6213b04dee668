"""Two accounts side by side: what in them is the same and what differs, without showing either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from sync_service.aggregates.values import Account, Portal, account_stream
from sync_service.console.masks import masked_email, masked_name, masked_snils
from sync_service.sentences.words import EDUCATION, NOTHING, PERSON, Sentence, word

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync_service.projections.view_store import ViewStore

SAME = Sentence("совпадает", "the same")
DIFFERENT = Sentence("различается", "different")
UNKNOWN = Sentence("сравнить не с чем", "nothing to compare with")
NO_EVIDENCE = Sentence("другая, но это не признак", "another one, which proves nothing")
NOT_SAID = Sentence("не сообщали", "not reported")


class Side(msgspec.Struct, frozen=True):
    """One of the two accounts, and whose page it leads to."""

    account: Account
    specialist_id: UUID


class Row(msgspec.Struct, frozen=True):
    """One thing compared: what each side may show of it; `kind` is "eq", "ne", or "dim" where it proves nothing."""

    name: Sentence
    values: tuple[Sentence, Sentence]
    kind: str
    verdict: Sentence


class Sides(msgspec.Struct, frozen=True):
    """The comparison; what identifies a person comes first."""

    sides: tuple[Side, Side]
    rows: tuple[Row, ...]

    @property
    def is_one_person(self) -> bool:
        """Whether both accounts have the same СНИЛС."""
        return self.rows[0].kind == "eq"


def sides_of(views: ViewStore, accounts: Sequence[Account]) -> Sides:
    """Compare two accounts by the directory and the plan; sovetnmo's stands left."""
    one, other = sorted(accounts, key=_left_first)
    known = _listed(views, one), _listed(views, other)
    owners = tuple(
        msgspec.convert(row["owner"], UUID) if row else account_stream(account)
        for row, account in zip(known, (one, other), strict=True)
    )
    rows = (
        _compared(Sentence("СНИЛС", "СНИЛС"), known, "snils", "snils_look_up", lambda _: _plain(masked_snils())),
        _compared(Sentence("Имя", "Name"), known, "full_name", "name_look_up", lambda name: _plain(masked_name(name))),
        _email(known),
        _compared(Sentence("Образование", "Education"), known, "education_level", "education_level", _education),
        _compared(Sentence("Специальность", "Specialty"), known, "specialties", "specialties", _specialties),
        _compared(Sentence("Кто", "Who"), known, "audience", "audience", lambda audience: word(PERSON, audience)),
        _entries(views, (one, other), owners),
    )
    return Sides((Side(one, owners[0]), Side(other, owners[1])), rows)


def _left_first(account: Account) -> tuple[bool, str]:
    return account.portal is not Portal.SOVETNMO, account.account_id


def _listed(views: ViewStore, account: Account) -> dict[str, Any]:
    found = views.find("directory", "accounts", portal=account.portal.value, account_id=account.account_id)
    return found[0] if found else {}


def _compared(
    name: Sentence,
    known: tuple[dict[str, Any], dict[str, Any]],
    shown: str,
    by: str,
    show: Callable[[Any], Sentence],
) -> Row:
    values = tuple(show(row[shown]) if row.get(shown) else NOT_SAID for row in known)
    kind, verdict = _verdict(known[0].get(by), known[1].get(by))
    return Row(name, (values[0], values[1]), kind, verdict)


def _verdict(one: object, other: object) -> tuple[str, Sentence]:
    if not one or not other:
        return "dim", UNKNOWN
    return ("eq", SAME) if one == other else ("ne", DIFFERENT)


def _email(known: tuple[dict[str, Any], dict[str, Any]]) -> Row:
    """E-mail is no match key: it differs and changes (DOMAIN.md, «The one-time link»)."""
    row = _compared(
        Sentence("Почта", "E-mail"), known, "email", "email_look_up", lambda email: _plain(masked_email(email))
    )
    return msgspec.structs.replace(row, kind="dim", verdict=NO_EVIDENCE) if row.kind == "ne" else row


def _education(level: str) -> Sentence:
    return word(EDUCATION, level)


def _specialties(names: Sequence[str]) -> Sentence:
    return _plain(", ".join(names))


def _plain(text: str) -> Sentence:
    return Sentence(text, text)


def _entries(views: ViewStore, accounts: tuple[Account, Account], owners: Sequence[UUID]) -> Row:
    """How much each portal reported itself; how many activities both did, where they are two people's yet."""
    plans = [views.find("learning_plan", "entries", owner=owner) for owner in owners]
    own = [
        [row for row in rows if (row["origin"], row["origin_account"]) == (account.portal.value, account.account_id)]
        for rows, account in zip(plans, accounts, strict=True)
    ]
    both = {row["activity_key"] for row in plans[0]} & {row["activity_key"] for row in plans[1]}
    is_one = owners[0] == owners[1]
    verdict = NOTHING if is_one else Sentence(f"общих: {len(both)}", f"in both: {len(both)}")
    return Row(
        Sentence("Записей введено здесь", "Entries reported here"), (_count(own[0]), _count(own[1])), "dim", verdict
    )


def _count(rows: Sequence[dict[str, Any]]) -> Sentence:
    if not rows:
        return Sentence("ни одной", "none")
    year = min(row["completed_on"] for row in rows).year
    return Sentence(f"{len(rows)}, первая — за {year} год", f"{len(rows)}, the first of {year}")
