"""The few names, days and numbers of which a stream is made, so that its messages keep meeting each other."""

from dataclasses import dataclass
from random import Random

CODE_LETTERS = "ABEKMHPCTYX0ABEKMHPCTYX0123456789DFGIJLNQRSUVWZ"
DAYS = ("2025-02-28", "2025-05-11", "2025-05-12", "2025-05-13", "2025-05-14", "2025-06-01")
HOURS = ("00:30:00", "10:00:00", "12:00:00", "23:30:00", "12:00:00.5")
OFFSETS = ("+03:00", "+03:00", "Z", "+12:00", "-05:00", "z")
SPECIALTIES = ("кардиология", "терапия", "сестринское дело", "клиническая фармакология")
SPECIALTY_SPELLINGS = ("Кардиология", "  кардиология", "клинической фармакология", "СЕСТРИНСКОЕ\u00a0 дело")
LEVELS = ("higher", "higher_nursing", "secondary")
SNILS = ("112-233-445 95", "087-654-303 00", "160 722 394 47", "001-001-998 12")


@dataclass(frozen=True)
class Vocabulary:
    """The names of one small world; two worlds of different names share none."""

    edu: tuple[str, ...]
    sovetnmo: tuple[str, ...]
    events: tuple[str, ...]
    modules: tuple[str, ...]
    programmes: tuple[str, ...]
    requests: tuple[str, ...]
    codes: tuple[str, ...]
    activity_of: dict[str, str]
    ids: str

    def accounts(self, portal: str) -> tuple[str, ...]:
        """Return the account ids of a portal."""
        return self.edu if portal == "edu" else self.sovetnmo

    def kind_of(self, activity_id: str) -> str:
        """Return the kind of an activity, which never changes."""
        return "event" if activity_id in self.events else "module" if activity_id in self.modules else "programme"


def vocabulary(world: str = "", people: int = 3) -> Vocabulary:
    """Return the names of a world: so many accounts a portal, and as many codes and activities as keep it crowded."""
    chance = Random(f"codes of {world}")
    codes = tuple("".join(chance.choice(CODE_LETTERS) for _ in range(12)) for _ in range(max(8, 3 * people)))
    events = tuple(f"{world}ev{n}" for n in range(1, 4 + people // 10))
    modules = (f"{world}m1", f"{world}M-2", *(f"{world}m{n}" for n in range(3, 3 + people // 20)))
    activities = tuple(chance.choice((*events, *events, *modules)) for _ in codes)
    return Vocabulary(
        edu=tuple(f"{world}e{n}" for n in range(1, people + 1)),
        sovetnmo=tuple(f"{world}s{n}" for n in range(1, people + 1)),
        events=events,
        modules=modules,
        programmes=(f"{world}p1",),
        requests=tuple(f"{world}r{n}" for n in range(1, 4)),
        codes=codes,
        activity_of=dict(zip(codes, activities, strict=True)),
        ids=f"{world}id-",
    )


def an_instant(chance: Random) -> str:
    """Return one of some hundred instants, as different portals write them."""
    written = f"{chance.choice(DAYS)}T{chance.choice(HOURS)}{chance.choice(OFFSETS)}"
    return written.replace("T", "t") if written.endswith("z") else written
