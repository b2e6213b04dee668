"""The tables of the SQLAlchemy peers: current rows and unique constraints, and no history."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import BigInteger, ForeignKey, create_engine, func, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.types import DateTime, Text

from benchmarks.peers.peer import Counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Engine


class Base(DeclarativeBase):
    """All tables."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's way
        str: Text(),
        datetime: DateTime(timezone=True),
        list[str]: ARRAY(Text()),
        list[dict[str, Any]]: JSONB(),
    }


class MessageRow(Base):
    """A message that is stored: the same (source, id) is stored once."""

    __tablename__ = "messages"
    id: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    refused: Mapped[bool]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AccountRow(Base):
    """An account, and the other one of the same person."""

    __tablename__ = "accounts"
    account: Mapped[str] = mapped_column(primary_key=True)
    linked_to: Mapped[str | None]
    email: Mapped[str | None] = mapped_column(index=True)
    full_name: Mapped[str | None]
    education_level: Mapped[str | None]
    audience: Mapped[str | None]
    specialties: Mapped[list[str] | None]
    registered_at: Mapped[datetime | None]


class ActivityRow(Base):
    """An activity of the catalogue."""

    __tablename__ = "activities"
    activity_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    title: Mapped[str]
    accreditation: Mapped[list[dict[str, Any]]]


class CodeRow(Base):
    """A code and whose it is: a code has one row, and so one owner."""

    __tablename__ = "codes"
    code: Mapped[str] = mapped_column(primary_key=True)
    activity_id: Mapped[str | None]
    audience: Mapped[str | None]
    owner: Mapped[str | None] = mapped_column(ForeignKey("accounts.account"))
    activated_at: Mapped[datetime | None]


class LinkRow(Base):
    """A link as far as it came."""

    __tablename__ = "links"
    request_id: Mapped[str] = mapped_column(primary_key=True)
    edu: Mapped[str] = mapped_column(primary_key=True)
    sovetnmo: Mapped[str] = mapped_column(primary_key=True)
    requested_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]


class EntryRow(Base):
    """What was activated or completed, once an account."""

    __tablename__ = "entries"
    account: Mapped[str] = mapped_column(ForeignKey("accounts.account"), primary_key=True)
    activity_key: Mapped[str] = mapped_column(primary_key=True)
    activity_id: Mapped[str]
    completed_on: Mapped[date]
    hours: Mapped[float | None]
    distance_hours: Mapped[float | None]
    organisation: Mapped[str | None]


class PlanRow(Base):
    """A row of somebody's plan: their own, or a replica of what their other account reported."""

    __tablename__ = "plan_rows"
    account: Mapped[str] = mapped_column(ForeignKey("accounts.account"), primary_key=True)
    activity_key: Mapped[str] = mapped_column(primary_key=True)
    is_replica: Mapped[bool]
    activity_id: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str | None]
    title: Mapped[str | None]
    completed_on: Mapped[date]
    credits: Mapped[float | None]


class PositionRow(Base):
    """Where reading goes on."""

    __tablename__ = "positions"
    place: Mapped[str] = mapped_column(primary_key=True)
    next_offset: Mapped[int] = mapped_column(BigInteger)
    repeats: Mapped[int] = mapped_column(BigInteger)


PLACE = "benchmark"


def opened(conninfo: str) -> Engine:
    """The database, with its tables."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo))
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        if session.get(PositionRow, PLACE) is None:
            session.add(PositionRow(place=PLACE, next_offset=0, repeats=0))
    return engine


def credits_in(trained: Mapping[str, Any], accreditation: Iterable[Mapping[str, Any]]) -> float | None:
    """The most that an activity is worth to somebody trained like this; None if nothing of it is for them."""
    specialties = set(trained["specialties"] or ())
    fitting = (
        row["credits"]
        for row in accreditation
        if row["audience"] == trained["audience"]
        and row["education_level"] == trained["education_level"]
        and not specialties.isdisjoint(row["specialties"])
    )
    return max(fitting, default=None)


def counted(engine: Engine) -> Counts:
    """What the tables hold."""
    with Session(engine) as session:

        def pairs(query: Any) -> dict[str, Any]:  # noqa: ANN401 - of whatever two columns
            return dict(tuple(row) for row in session.execute(query))

        [position] = session.scalars(select(PositionRow))
        return Counts(
            stored=session.scalar(select(func.count()).select_from(MessageRow)) or 0,
            repeats=position.repeats,
            refused=session.scalar(select(func.count()).where(MessageRow.refused)) or 0,
            owners=pairs(select(CodeRow.code, CodeRow.owner).where(CodeRow.owner.is_not(None))),
            plan_sizes=pairs(select(PlanRow.account, func.count()).group_by(PlanRow.account)),
        )
