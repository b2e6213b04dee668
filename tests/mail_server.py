"""A real SMTP server for tests, whose moods are set: it refuses, hangs up, or goes away, and keeps what it took."""

from __future__ import annotations

import asyncio
import threading
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import SMTP

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from email.message import EmailMessage

    from aiosmtpd.smtp import Envelope

TAKEN = "250 OK"
HOST = "127.0.0.1"
PATIENCE_S = 30


class Caller(SMTP):
    """One connection. Who is accepted in the moment in which the server goes away is cut off too."""

    is_late: Callable[[], bool]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless the server is away by now."""
        super().connection_made(transport)
        if self.is_late():
            _cut_off(self)


class MailServer:
    """Listens on a free port of this machine; stopped and started again, on the same one. `close` ends it."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.answer_recipient: Callable[[str], str] = lambda _: TAKEN
        self.answer_mail: Callable[[str], str | None] = lambda _: TAKEN
        """None takes the mail and hangs up without an answer."""
        self.port = 0
        self._listening: asyncio.Server | None = None
        self._callers: list[SMTP] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it is, as the setting smtp_url says it."""
        return f"smtp://{HOST}:{self.port}"

    def start(self) -> MailServer:
        """Listen."""
        self._run(self._start())
        return self

    def stop(self) -> None:
        """Go away; who is connected is cut off."""
        self._run(self._stop())

    def close(self) -> None:
        """Go away for good."""
        self.stop()
        self._run(_all_ended())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    async def meet(
        self, _server: object, _session: object, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Answer a recipient."""
        answer = self.answer_recipient(address)
        if answer == TAKEN:
            envelope.rcpt_tos.append(address)
        return answer

    async def take(self, caller: SMTP, _session: object, envelope: Envelope) -> str:
        """Answer a mail."""
        message = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        answer = self.answer_mail(envelope.rcpt_tos[0])
        if answer in {TAKEN, None}:
            self.taken.append(message)
        if answer is None:
            _cut_off(caller)
        return answer or TAKEN

    handle_RCPT, handle_DATA = meet, take  # noqa: N815 - as aiosmtpd calls them

    def _run(self, task: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(task, self._loop).result(PATIENCE_S)

    async def _start(self) -> None:
        self._listening = await self._loop.create_server(self._greet, HOST, self.port)
        self.port = self._listening.sockets[0].getsockname()[1]

    def _greet(self) -> SMTP:
        caller = Caller(self, loop=self._loop, hostname="mail.example.org")
        caller.is_late = lambda: self._listening is None
        self._callers.append(caller)
        return caller

    async def _stop(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.close()
        callers, self._callers = self._callers, []
        for caller in callers:
            _cut_off(caller)
        await asyncio.sleep(0.01)  # their ends are noticed in the next turn of the loop


async def _all_ended() -> None:
    """Wait until nothing goes on in this loop: what is left open when it is closed is found by a later test."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=PATIENCE_S / 2)
    await asyncio.sleep(0.01)


def _cut_off(caller: SMTP) -> None:
    if isinstance(caller.transport, asyncio.Transport):
        caller.transport.abort()
