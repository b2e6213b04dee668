"""The page of somebody who was erased: that it was done, what is left, and the certificate of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from sync_service.access import Right
from sync_service.aggregates.specialist_facts import SpecialistErased
from sync_service.console.routes import Page
from sync_service.console.visit import NotThere
from sync_service.erasures.certificate import LEFT, certificate_of
from sync_service.erasures.ledger import ErasureUnknown, entry_of
from sync_service.sentences.telling import told
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sync_service.aggregates.aggregate import Event
    from sync_service.console.visit import Visit
    from sync_service.erasures.certificate import Certificate

ERASED = Sentence("Данные этого человека стёрты.", "This person's data were erased.")
PDF = "application/pdf"


def show_erased(visit: Visit, specialist: UUID, events: Sequence[Event]) -> Response:
    """What may be said of somebody who was erased."""
    found = [event for event in events if isinstance(event.fact, SpecialistErased)]
    return visit.render(
        "person_erased.html",
        specialist=specialist,
        verdict=ERASED,
        erased=[(event.recorded_at, told(event)) for event in found],
        left=LEFT,
        has_certificate=visit.ports.erasures is not None and visit.may(Right.APPROVE),
    )


def certificate(visit: Visit) -> Response:
    """The certificate as a PDF."""
    if visit.ports.erasures is None:
        raise NotThere
    content = visit.ports.erasures.as_pdf(_certificate(visit, visit.path_uuid("person")))
    headers = {"content-disposition": 'attachment; filename="certificate.pdf"'}
    return Response(content, media_type=PDF, headers=headers)


def _certificate(visit: Visit, specialist: UUID) -> Certificate:
    if visit.ports.erasures is None:
        raise NotThere
    try:
        return certificate_of(visit.ports.store, entry_of(visit.ports.erasures.ledger, specialist))
    except ErasureUnknown:
        raise NotThere from None


PAGES = (Page("/console/people/{person}/certificate", see=Right.APPROVE, show=certificate),)
