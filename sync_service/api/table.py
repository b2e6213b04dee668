"""Every address of the JSON API in one table: a new one is a line in the module that answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.api.answers import (
    auditing,
    codes,
    deciding,
    erasures,
    operations,
    parked,
    people,
    person_acts,
    rebuilds,
    reversing,
    searching,
)

if TYPE_CHECKING:
    from sync_service.api.endpoint import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *searching.ENDPOINTS,
    *people.ENDPOINTS,
    *person_acts.ENDPOINTS,
    *reversing.ENDPOINTS,
    *codes.ENDPOINTS,
    *parked.ENDPOINTS,
    *deciding.ENDPOINTS,
    *erasures.ENDPOINTS,
    *rebuilds.ENDPOINTS,
    *operations.ENDPOINTS,
    *auditing.ENDPOINTS,
)
