"""Makes pages from templates: every text is escaped, and a name that nobody set is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from sync_service.console.languages import said
from sync_service.sentences.staff import named
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sync_service.console.languages import Language
    from sync_service.console.routes import Section
    from sync_service.console.visit import Visit

SHOWN_CHARACTERS_MAX = 1_000


class Templates:
    """The console's templates. `asset_url` gives a static file's address; `badges` the numbers of the navigation."""

    def __init__(
        self,
        asset_url: Callable[[str], str],
        badges: Callable[[], Mapping[str, int]],
        navigation: Sequence[Section],
    ) -> None:
        self.badges = badges
        self._environment = Environment(
            loader=PackageLoader("sync_service.console"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {"asset": asset_url, "navigation": navigation, "roles_named": named}
        self._environment.filters["cut"] = cut

    def render(self, name: str, visit: Visit, context: Mapping[str, object]) -> str:
        """One page. `t` says a text in the visit's language, `f` are its formats, `badges` count what waits."""
        return self._environment.get_template(name).render(
            {
                "visit": visit,
                "t": teller(visit.language),
                "f": visit.formats,
                **context,
                "badges": context["badges"] if "badges" in context else self.badges(),
            },
        )


def teller(language: Language) -> Callable[..., str]:
    """What templates call `t`: `t("по-русски", "in English")`, or `t(sentence)`."""

    def tell(text: str | Sentence, english: str = "") -> str:
        sentence = text if isinstance(text, Sentence) else Sentence(text, english)
        return said(sentence, language)

    return tell


def cut(text: str | None) -> str:
    """Somebody else's text, cut after 1,000 characters."""
    if text is None:
        return ""
    return text if len(text) <= SHOWN_CHARACTERS_MAX else f"{text[:SHOWN_CHARACTERS_MAX]}…"
