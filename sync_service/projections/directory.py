"""The directory of people: which account is whose, what its portal says of the person, and by what they are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates.specialist import Specialist
from sync_service.projections.look_up import email_look_up, name_look_up, snils_look_up
from sync_service.projections.view import Table, columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.aggregates.aggregate import Aggregate
    from sync_service.projections.view import Catalogue, Row

ACCOUNTS = Table(
    "accounts",
    columns(
        hashed=("account_id", "email_look_up", "name_look_up", "snils_look_up"),
        sealed=("email", "full_name", "snils"),
        owner="uuid",
        portal="text",
        account_id="text",
        email="text",
        full_name="text",
        snils="text",
        education_level="text",
        audience="text",
        specialties="text[]",
        is_closed="boolean",
        email_look_up="text",
        name_look_up="text",
        snils_look_up="text",
    ),
    key=("portal", "account_id"),
    indexes=(("owner",), ("email_look_up",), ("name_look_up",), ("snils_look_up",)),
)


class Directory:
    """Fills the directory; either account of a linked person leads to the same specialist."""

    name = "directory"
    tables = (ACCOUNTS,)
    stream_kind = "specialist"

    def rows(self, aggregate: Aggregate, _: Catalogue) -> Iterator[tuple[str, Row]]:
        """The accounts of one specialist; an erased one is found by nothing."""
        if not isinstance(aggregate, Specialist) or aggregate.absorbed_into or aggregate.is_erased:
            return
        for portal, account in aggregate.by_portal.items():
            specialties = account.get("specialties")
            email, full_name, snils = account.get("email"), account.get("full_name"), account.get("snils")
            yield (
                ACCOUNTS.name,
                (
                    aggregate.id,
                    portal.value,
                    account.account.account_id,
                    email,
                    full_name,
                    snils,
                    account.get("education_level"),
                    account.get("audience"),
                    None if specialties is None else list(specialties),
                    account.is_closed,
                    None if email is None else email_look_up(email),
                    None if full_name is None else name_look_up(full_name),
                    None if snils is None else snils_look_up(snils),
                ),
            )
