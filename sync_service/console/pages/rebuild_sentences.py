"""How a view's rebuild goes, in a sentence: the answer first, then what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from sync_service.console.pages.rebuild_words import RUN
from sync_service.projections.rebuild_orders import STANDS_STILL, OrderState
from sync_service.sentences.words import NOTHING, Sentence

if TYPE_CHECKING:
    from sync_service.console.formats import Formats
    from sync_service.console.pages.rebuild_board import Line
    from sync_service.projections.rebuild_orders import Order


class Said(msgspec.Struct, frozen=True):
    """The answer first: kind is "ok", "wait" or "bad", a sentence, and what follows it."""

    kind: str
    sentence: Sentence
    more: Sentence = NOTHING


def said_of(line: Line, f: Formats) -> Said:
    """How a view's rebuild goes; of a view without one, what serves."""
    order = line.open
    if order is None:
        return _serving(line)
    rests = {OrderState.READY: _ready, OrderState.PAUSED: _paused, OrderState.FAILED: _failed}
    if order.state in rests:
        return rests[order.state](line, f)
    return _moving(line, order, f) if line.is_carried_out else _nobody(line, f)


def _moving(line: Line, order: Order, f: Formats) -> Said:
    number = order.generation
    share = f.share(line.done, 0)
    more = {OrderState.FILLING: _pace(line, f), OrderState.COMPARING: _both(line)}
    sentences = {
        OrderState.ASKED: Sentence("Сейчас начнётся.", "It is about to begin."),
        OrderState.FILLING: Sentence(
            f"Версия {number} заполняется: {share}.", f"Version {number} is being filled: {share}."
        ),
        OrderState.COMPARING: Sentence(
            f"Версия {number} догнала журнал, строки сравниваются.",
            f"Version {number} has reached the log's head; the rows are being compared.",
        ),
        OrderState.SWITCHING: Sentence(
            f"Чтения переключаются на версию {number}.", f"Reads are being switched to version {number}."
        ),
        OrderState.TAKING_BACK: Sentence(
            f"Возвращается версия {number}: она догоняет журнал.",
            f"Going back to version {number}: it is catching up with the log.",
        ),
    }
    return Said("wait", sentences[order.state], more.get(order.state, NOTHING))


def _serving(line: Line) -> Said:
    number = line.live.number
    if line.lag:
        return Said(
            "ok", Sentence(f"Служит версия {number}, догоняет журнал.", f"Version {number} serves, catching up.")
        )
    return Said("ok", Sentence(f"Служит версия {number}.", f"Version {number} serves."))


def _both(line: Line) -> Sentence:
    return Sentence(
        f"Служит версия {line.live.number}, сообщения идут.", f"Version {line.live.number} serves; messages flow."
    )


def _as_before(line: Line) -> Sentence:
    number = line.live.number
    return Sentence(f"Служит версия {number}, с ней ничего не случилось.", f"Version {number} serves as before.")


def _pace(line: Line, f: Formats) -> Sentence:
    place = f.number(line.position), f.number(line.head)
    parts_ru, parts_en = [f"Место {place[0]} из {place[1]} в журнале"], [f"Place {place[0]} of {place[1]} in the log"]
    if line.open is not None and line.open.rate:
        rate = round(line.open.rate)
        parts_ru.append(f"{f.count(rate, 'событие', 'события', 'событий', 'event')} в секунду")
        parts_en.append(f"{f.count(rate, 'событие', 'события', 'событий', 'event')} a second")
    if line.left_s is not None:
        parts_ru.append(f"осталось {f.duration(line.left_s)}")
        parts_en.append(f"{f.duration(line.left_s)} left")
    return Sentence(", ".join(parts_ru) + ".", ", ".join(parts_en) + ".") + _both(line)


def _nobody(line: Line, f: Formats) -> Said:
    share = f.share(line.done, 0)
    stands = Sentence(f"Стоит на {share}: выполнять некому.", f"It stands at {share}: nobody carries it out.")
    waits = Sentence("Не начато: выполнять некому.", "Not begun: nobody carries it out.")
    return Said(
        "bad",
        stands if line.building else waits,
        Sentence(f"Запустите {RUN}: продолжится с того же места.", f"Start {RUN}: it goes on from where it is.")
        + _as_before(line),
    )


def _ready(line: Line, f: Formats) -> Said:
    found = line.open.comparison if line.open else None
    holds = _holds(line, f)
    if found is None:
        still = line.open is not None and line.open.error == STANDS_STILL
        why = Sentence("служащая отстаёт и не движется", "the live one is behind and stands still") if still else None
        why = why or Sentence("сравнивать было не с чем", "there was nothing to compare with")
        return Said(
            "wait",
            Sentence(f"Новая версия готова, но не сравнена: {why.ru}.", f"Ready, but not compared: {why.en}."),
            holds,
        )
    rows = f.count(found.rows, "строка", "строки", "строк", "row")
    if found.is_equal:
        return Said(
            "ok",
            Sentence(
                f"Новая версия готова и совпадает со служащей до байта: {rows}.",
                f"The new version is ready and equal to the live one byte for byte: {rows}.",
            ),
            holds,
        )
    differing = found.differing + found.only_in_live + found.only_in_other
    other = f.number(differing), f.number(max(found.rows, found.equal + differing))
    return Said(
        "wait",
        Sentence(
            f"Новая версия готова, но отличается: строк не совпало {other[0]} из {other[1]}.",
            f"The new version is ready, but differs in {other[0]} rows of {other[1]}.",
        ),
        Sentence("Решите, так ли задумано.", "Decide whether that is meant.") + holds,
    )


def _holds(line: Line, f: Formats) -> Sentence:
    number, behind = line.live.number, max(0, line.head - line.position)
    serves = Sentence(f"Служит пока версия {number}.", f"Version {number} still serves.")
    if not behind:
        return serves + Sentence("Новая догнала журнал и держится за ним.", "The new one keeps up with the log.")
    left = f.number(behind)
    return serves + Sentence(
        f"Новая идёт за журналом, до его конца {left}.", f"The new one follows the log, {left} from its head."
    )


def _paused(line: Line, f: Formats) -> Said:
    share, order = f.share(line.done, 0), line.open
    who = (order.decided_by or "") if order else ""
    when = f.instant(order.changed_at) if order else ""
    return Said(
        "wait",
        Sentence(f"Приостановлено на {share}.", f"Paused at {share}."),
        Sentence(f"Остановлено {when}, кем: {who}.", f"Paused {when} by {who}.") + _both(line),
    )


def _failed(line: Line, _: Formats) -> Said:
    order = line.open
    error = (order.error or "") if order else ""
    if order is not None and order.is_back:
        sentence = Sentence("Вернуть не получилось.", "Going back did not work.")
    else:
        sentence = Sentence("Заполнить новую версию не получилось.", "The new version could not be filled.")
    return Said(
        "bad",
        sentence,
        _as_before(line)
        + Sentence(f"Разработчикам: {error}, подробности в логах.", f"For the developers: {error}; the logs say more."),
    )
