"""The certificate of an erasure: what was erased, when, at whose request, and what is left and why. It names nobody."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from sync_service.aggregates.specialist_facts import SpecialistErased
from sync_service.erasures.ledger import ErasureUnknown
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_service.erasures.ledger import Entry
    from sync_service.event_store import EventStore

TITLE = Sentence("Справка о стирании персональных данных", "Certificate of the erasure of personal data")
LEFT: Sequence[Sentence] = (
    Sentence(
        "Коды подтверждения остаются занятыми: иначе их мог бы ввести кто-то другой. Чьими они были, не хранится.",
        "Confirmation codes stay taken, otherwise somebody else could enter them. Whose they were is not kept.",
    ),
    Sentence(
        "Даты, часы, баллы и номера активностей остаются без имени: по ним сходятся суммы организаторов.",
        "Dates, hours, credits and activity ids stay without a name: organisers' sums go by them.",
    ),
    Sentence(
        "Журнал доступа хранит, кто из сотрудников и когда смотрел запись; чью запись, он не называет.",
        "The audit log keeps which member of staff looked at a record and when; it does not name whose.",
    ),
    Sentence(
        "Порталам сообщено о стирании; за свои копии отвечает каждый портал.",
        "The portals are told of the erasure; each answers for its own copies.",
    ),
)
"""What is left, and why."""


class Certificate(msgspec.Struct, frozen=True):
    """What was erased of one person: events rewritten, keys destroyed, and what was removed, by kind.

    `id` is that of the ledger's line. `codes` are those that stay taken.
    """

    id: UUID
    erased_at: datetime
    reason: str
    proposed_by: str
    approved_by: str
    events: int
    keys: int
    codes: int
    letters: int
    mails: int
    lines: int
    is_done: bool

    @property
    def counted(self) -> Sequence[tuple[Sentence, int]]:
        """What was erased, by kind."""
        return (
            (Sentence("Событий переписано без имени", "Events rewritten without a name"), self.events),
            (Sentence("Ключей шифрования уничтожено", "Encryption keys destroyed"), self.keys),
            (Sentence("Отложенных сообщений стёрто", "Parked messages erased"), self.letters),
            (Sentence("Файлов писем удалено", "Mail files removed"), self.mails),
            (Sentence("Строк в файлах топиков стёрто", "Lines of topic files erased"), self.lines),
            (Sentence("Кодов остались занятыми", "Codes that stay taken"), self.codes),
        )


def certificate_of(store: EventStore, entry: Entry) -> Certificate:
    """The certificate of an erasure that the ledger has; raises ErasureUnknown if this store has not carried it out."""
    events = store.load(entry.streams)
    found = [
        event
        for stream in entry.streams
        for event in events.get(stream, ())
        if isinstance(event.fact, SpecialistErased)
    ]
    if not found:
        raise ErasureUnknown
    event, fact = found[-1], found[-1].fact
    if not isinstance(fact, SpecialistErased):
        raise ErasureUnknown
    return Certificate(
        id=entry.id,
        erased_at=event.recorded_at,
        reason=fact.reason,
        proposed_by=fact.proposed_by,
        approved_by=fact.approved_by,
        events=fact.events,
        keys=len(found) + fact.letters,
        codes=fact.codes,
        letters=fact.letters,
        mails=entry.mails,
        lines=entry.lines,
        is_done=entry.is_done,
    )
