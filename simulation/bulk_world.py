"""Plans the world of the bulk generator: its people, their codes, and the order in which things come."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from simulation.catalogue import forum_days, modules, programmes
from simulation.chance import generator, happens
from simulation.codes import printed
from simulation.handwriting import new_code, typed
from simulation.people import invent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulation.bulk_lines import Keyed, Pen

BATCH_CODES: Final = 1_000
ACTIVATIONS_SHARE: Final = 0.7
PROGRAMMES_SHARE: Final = 0.03

_FACES = 500
_AGAIN_SHARE = 0.02
_MESSY_SHARE = 0.1
_CONFIRMED_FIRST_SHARE = 0.1
_DAYS = tuple((date(2025, 4, 1) + timedelta(days=day)).isoformat() for day in range(80))
_ACTIVATION, _MODULE, _PROGRAMME, _LINK = range(4)


class BulkWorld:
    """So many lines about so many people, of whom the first `linked_share` have two accounts and link them.

    `opening` counts the lines of the catalogue and the registrations, `body` those after them.
    Raises ValueError when the lines do not reach.
    """

    def __init__(self, seed: int | str, lines: int, people: int, linked_share: float) -> None:
        self._random = generator(seed, "bulk", "world")
        self._faces = invent(f"{seed}/bulk", _FACES)
        self._activities = (*forum_days(), *modules(), *programmes())
        self._people, self._linked = people, round(people * linked_share)
        fixed = len(self._activities) + people + self._linked
        left = lines - fixed - 2 * self._linked
        activations = max(0, round(left * ACTIVATIONS_SHARE))
        self._takers = [self._random.randrange(people) for _ in range(activations)]
        self._codes = [new_code(self._random) for _ in range(activations)]
        self._groups = self._grouped()
        batches = sum(-(-len(places) // BATCH_CODES) for places in self._groups.values())
        self._programmes = max(0, round(left * PROGRAMMES_SHARE))
        self._modules = left - batches - activations - self._programmes
        if people < 1 or self._modules < 0:
            message = f"Too few messages for {people} people: {fixed + 2 * self._linked + 20} are the least."
            raise ValueError(message)
        self.opening = fixed + batches
        self.body = lines - self.opening

    def lines(self, pen: Pen) -> Iterator[Keyed]:
        """All lines in their order: the catalogue, the registrations, and what people do."""
        for activity in self._activities:
            yield pen.published(activity)
        yield from self._issued(pen)
        for number in range(self._people):
            for account_id in self._accounts(number):
                yield pen.registered(account_id, self._faces[number % _FACES])
        yield from self._done(pen)

    def _grouped(self) -> dict[tuple[str, str], list[int]]:
        """Which codes belong to which activity and audience, by the takers' audience."""
        days = {
            audience: [day.activity_id for day in forum_days() if audience in day.audiences]
            for audience in ("doctors", "nurses")
        }
        groups = defaultdict(list)
        for place, taker in enumerate(self._takers):
            audience = self._faces[taker % _FACES].audience
            groups[days[audience][place % len(days[audience])], audience].append(place)
        return dict(groups)

    def _issued(self, pen: Pen) -> Iterator[Keyed]:
        for (activity_id, audience), places in self._groups.items():
            for start in range(0, len(places), BATCH_CODES):
                yield pen.issued(activity_id, audience, [self._codes[at] for at in places[start : start + BATCH_CODES]])

    def _done(self, pen: Pen) -> Iterator[Keyed]:
        kinds = bytearray(
            [_ACTIVATION] * len(self._takers)
            + [_MODULE] * self._modules
            + [_PROGRAMME] * self._programmes
            + [_LINK] * (2 * self._linked)
        )
        self._random.shuffle(kinds)
        by_kind = {
            _ACTIVATION: self._activations(pen),
            _MODULE: self._completions(pen),
            _PROGRAMME: self._trainings(pen),
            _LINK: self._links(pen),
        }
        for kind in kinds:
            yield next(by_kind[kind])

    def _activations(self, pen: Pen) -> Iterator[Keyed]:
        """Each code by its taker; now and then a code that somebody has already."""
        activity_of = {place: activity for (activity, _), places in self._groups.items() for place in places}
        random = self._random
        for place, taker in enumerate(self._takers):
            again = place > 0 and happens(random, _AGAIN_SHARE)
            code = self._codes[random.randrange(place) if again else place]
            text = typed(code, random) if happens(random, _MESSY_SHARE) else printed(code)
            yield pen.activated(self._account(taker), text, activity_of[place])

    def _completions(self, pen: Pen) -> Iterator[Keyed]:
        offered, random = [module.activity_id for module in modules()], self._random
        for _ in range(self._modules):
            yield pen.module(self._anybody(), random.choice(offered), random.choice(_DAYS))

    def _trainings(self, pen: Pen) -> Iterator[Keyed]:
        offered, random = programmes(), self._random
        for _ in range(self._programmes):
            yield pen.programme(self._anybody(), random.choice(offered), random.choice(_DAYS), random)

    def _links(self, pen: Pen) -> Iterator[Keyed]:
        """Both halves of every link, one after the other, in either order."""
        numbers = list(range(self._linked))
        self._random.shuffle(numbers)
        for number in numbers:
            sovetnmo, edu = self._accounts(number)
            halves = [pen.requested, pen.confirmed]
            if happens(self._random, _CONFIRMED_FIRST_SHARE):
                halves.reverse()
            for half in halves:
                yield half(sovetnmo, edu, f"link-b{number}")

    def _anybody(self) -> str:
        return self._account(self._random.randrange(self._people))

    def _account(self, number: int) -> str:
        if number < self._linked and happens(self._random, 0.5):
            return f"S-{number:07d}"
        return f"E-{number:07d}" if number < self._linked or number % 2 else f"S-{number:07d}"

    def _accounts(self, number: int) -> tuple[str, ...]:
        if number < self._linked:
            return f"S-{number:07d}", f"E-{number:07d}"
        return (f"E-{number:07d}" if number % 2 else f"S-{number:07d}",)
