"""What became of somebody who was erased: the certificate, as JSON and as a PDF. Erasing is a decision like others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sync_service.access import Right
from sync_service.api.answers.people import NOT_FOUND, PERSON
from sync_service.api.endpoint import Download, Endpoint, Whom
from sync_service.api.problems import not_there
from sync_service.auditing import Act
from sync_service.erasures.certificate import Certificate, certificate_of
from sync_service.erasures.ledger import ErasureUnknown, entry_of

if TYPE_CHECKING:
    from sync_service.api.call import Call
    from sync_service.console.ports import Erasures

PDF: Final = "application/pdf"


def see(call: Call, _: object) -> Certificate:
    """Say what was erased of a person, and how far it is carried out."""
    return _certificate(call, _erasures(call))


def download(call: Call, _: object) -> Download:
    """Write the certificate of an erasure."""
    erasures = _erasures(call)
    return Download(erasures.as_pdf(_certificate(call, erasures)), PDF, "certificate.pdf")


def _erasures(call: Call) -> Erasures:
    if call.ports.erasures is None:
        raise not_there()
    return call.ports.erasures


def _certificate(call: Call, erasures: Erasures) -> Certificate:
    try:
        return certificate_of(call.ports.store, entry_of(erasures.ledger, call.id("specialist_id")))
    except ErasureUnknown:
        raise not_there() from None


ENDPOINTS = (
    Endpoint(
        method="GET",
        path=f"{PERSON}/erasure",
        right=Right.APPROVE,
        run=see,
        answers=Certificate,
        act=Act.CERTIFICATE_SEEN,
        whom=Whom.NAMED,
        refusals=NOT_FOUND,
    ),
    Endpoint(
        method="GET",
        path=f"{PERSON}/erasure/certificate",
        right=Right.APPROVE,
        run=download,
        act=Act.CERTIFICATE_SEEN,
        whom=Whom.NAMED,
        media=(PDF,),
        refusals=NOT_FOUND,
    ),
)
