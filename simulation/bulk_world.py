"""Plans the world of the bulk generator: its codes, and the order in which things come."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import product
from typing import TYPE_CHECKING, Final

from simulation.bulk_crowd import Crowd
from simulation.catalogue import forum_days, modules, programmes
from simulation.chance import generator
from simulation.codes import ALPHABET, CODE_LENGTH, printed
from simulation.handwriting import typed
from simulation.people import invent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulation.bulk_lines import Keyed, Pen

BATCH_CODES: Final = 1_000
ACTIVATIONS_SHARE: Final = 0.7
PROGRAMMES_SHARE: Final = 0.03
DAY_LINES: Final = 2_000
"""How many lines come from one congress day to the next."""
BURST: Final = (0.8, 0.25)
"""Which shares of a day's activations, and of all else, come at once, when the codes have been mailed."""

_FACES = 500
_AGAIN_SHARE = 0.02
_ELSEWHERE_SHARE = 0.1
_MESSY_SHARE = 0.1
_CONFIRMED_FIRST_SHARE = 0.1
_DAYS = tuple((date(2025, 4, 1) + timedelta(days=day)).isoformat() for day in range(80))
_ACTIVATION, _MODULE, _PROGRAMME, _LINK = range(4)
_SYLLABLES = tuple(map("".join, product(ALPHABET, repeat=3)))


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
        self._days = max(1, left // DAY_LINES)
        self._crowd = Crowd(self._random, people, self._linked)
        self._takers = self._crowd.drawn(activations)
        self._codes = self._new_codes(activations)
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
        for number, accounts in enumerate(self._crowd.accounts):
            for account_id in accounts:
                yield pen.registered(account_id, self._faces[number % _FACES])
        yield from self._done(pen)

    def _new_codes(self, count: int) -> list[str]:
        syllables = CODE_LENGTH // 3
        drawn = self._random.choices(_SYLLABLES, k=syllables * count)
        return ["".join(drawn[at : at + syllables]) for at in range(0, len(drawn), syllables)]

    def _grouped(self) -> dict[tuple[str, str], list[int]]:
        """Which codes belong to which activity and audience: most of a day's to the activity that was held then."""
        held = {
            audience: [day.activity_id for day in forum_days() if audience in day.audiences]
            for audience in ("doctors", "nurses")
        }
        groups = defaultdict(list)
        random, each = self._random.random, max(1, len(self._takers) // self._days)
        for place, taker in enumerate(self._takers):
            audience = self._faces[taker % _FACES].audience
            offered = held[audience]
            at = place if random() < _ELSEWHERE_SHARE else place // each
            groups[offered[at % len(offered)], audience].append(place)
        return dict(groups)

    def _issued(self, pen: Pen) -> Iterator[Keyed]:
        for (activity_id, audience), places in self._groups.items():
            for start in range(0, len(places), BATCH_CODES):
                yield pen.issued(activity_id, audience, [self._codes[at] for at in places[start : start + BATCH_CODES]])

    def _done(self, pen: Pen) -> Iterator[Keyed]:
        by_kind = {
            _ACTIVATION: self._activations(pen),
            _MODULE: self._completions(pen),
            _PROGRAMME: self._trainings(pen),
            _LINK: self._links(pen),
        }
        for kind in self._order():
            yield next(by_kind[kind])

    def _order(self) -> Iterator[int]:
        """What comes when: each day a burst of activations, and then its calmer rest."""
        others = bytearray([_MODULE] * self._modules + [_PROGRAMME] * self._programmes + [_LINK] * (2 * self._linked))
        self._random.shuffle(others)
        activations = bytearray([_ACTIVATION]) * len(self._takers)
        for day in range(self._days):
            parts = [_share(kinds, day, self._days) for kinds in (activations, others)]
            cuts = [round(len(part) * share) for part, share in zip(parts, BURST, strict=True)]
            burst, calm = bytearray(), bytearray()
            for part, cut in zip(parts, cuts, strict=True):
                burst += part[:cut]
                calm += part[cut:]
            for kinds in (burst, calm):
                self._random.shuffle(kinds)
                yield from kinds

    def _activations(self, pen: Pen) -> Iterator[Keyed]:
        """Each code by its taker; now and then a code that somebody has already."""
        activity_of = {place: activity for (activity, _), places in self._groups.items() for place in places}
        draw = self._random.random
        for place, taker in enumerate(self._takers):
            again = place > 0 and draw() < _AGAIN_SHARE
            code = self._codes[int(draw() * place) if again else place]
            text = typed(code, self._random) if draw() < _MESSY_SHARE else printed(code)
            yield pen.activated(self._crowd.account(taker), text, activity_of[place])

    def _completions(self, pen: Pen) -> Iterator[Keyed]:
        offered = [module.activity_id for module in modules()]
        choose, account = self._random.choices, self._crowd.account
        done = zip(choose(offered, k=self._modules), choose(_DAYS, k=self._modules), strict=True)
        for number, (module_id, completed_on) in zip(self._crowd.drawn(self._modules), done, strict=True):
            yield pen.module(account(number), module_id, completed_on)

    def _trainings(self, pen: Pen) -> Iterator[Keyed]:
        offered, random = programmes(), self._random
        for number in self._crowd.drawn(self._programmes):
            yield pen.programme(self._crowd.account(number), random.choice(offered), random.choice(_DAYS), random)

    def _links(self, pen: Pen) -> Iterator[Keyed]:
        """Both halves of every link, one after the other, in either order."""
        numbers = list(range(self._linked))
        self._random.shuffle(numbers)
        for number in numbers:
            sovetnmo, edu = self._crowd.accounts[number]
            halves = [pen.requested, pen.confirmed]
            if self._random.random() < _CONFIRMED_FIRST_SHARE:
                halves.reverse()
            for half in halves:
                yield half(sovetnmo, edu, f"link-b{number}")


def _share(kinds: bytearray, part: int, parts: int) -> bytearray:
    """One of so many equal parts; together they are the whole."""
    return kinds[len(kinds) * part // parts : len(kinds) * (part + 1) // parts]
