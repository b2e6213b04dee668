"""Sends the events of an NDJSON file to the synchronization service over HTTP, and goes on where it stopped.

    PORTAL_URL=https://sync.example.org PORTAL_TOKEN=sync_edu_… python send_events.py events.ndjson

How far it came stands in `events.ndjson.sent` (bytes), and what was invalid in `events.ndjson.invalid`, an event a line
with its errors. Needs Python 3.9 or newer and nothing else. Exit code 0: all is safe; 1: some events were invalid;
2: the service refused, and sending the same again would not help.
"""

from __future__ import annotations

import json
import os
import random
import ssl
import sys
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Mapping

EVENTS_PER_REQUEST = 500
ANSWER_TIMEOUT_S = 60
PAUSE_MAX_S = 60
COMES_AGAIN = {408, 429, 500, 502, 503, 504}
"""Nothing was acknowledged, and the same request may succeed later."""


def main() -> int:
    """Send the whole file; the exit code."""
    file = Path(sys.argv[1])
    sent, invalid = Path(f"{file}.sent"), Path(f"{file}.invalid")
    has_invalid = False
    with file.open("rb") as events, invalid.open("a", encoding="utf-8") as rejected:
        events.seek(int(sent.read_text() or "0") if sent.exists() else 0)
        while lines := next_lines(events):
            receipts = deliver(b"".join(lines))
            for receipt in receipts:
                if receipt["status"] == "invalid":
                    has_invalid = True
                    event = [line for line in lines if line.strip()][receipt["index"]].decode(errors="replace")
                    rejected.write(json.dumps({"errors": receipt["errors"], "event": event}, ensure_ascii=False) + "\n")
            rejected.flush()
            remember(sent, events.tell())
    return 1 if has_invalid else 0


def next_lines(events: BinaryIO) -> list[bytes]:
    """Read the lines of the next request; one that has not ended yet is left for another time."""
    lines: list[bytes] = []
    start = events.tell()
    for line in iter(events.readline, b""):
        if not line.endswith(b"\n"):
            events.seek(start)
            break
        lines.append(line)
        start = events.tell()
        if len(lines) == EVENTS_PER_REQUEST:
            break
    return lines


def deliver(body: bytes) -> list[dict]:
    """Send until the service has the events, however often that takes; sending twice does no harm."""
    attempt = 0
    while True:
        attempt += 1
        try:
            status, headers, answer = post(body)
        except (OSError, HTTPException) as error:  # or the service is being restarted: nobody knows whether it has them
            status, headers, answer = 503, {}, str(error)
        if status in (202, 422):  # 422: every event is invalid
            return json.loads(answer)["receipts"]
        if status not in COMES_AGAIN:
            stop(status, answer)
        wait(attempt, headers.get("Retry-After"))


def post(body: bytes) -> tuple[int, Mapping[str, str], str]:
    """Send one request; the status, the headers and the text of the answer."""
    request = urllib.request.Request(
        f"{os.environ['PORTAL_URL'].rstrip('/')}/portal/v1/events",
        data=body,
        headers={"Authorization": f"Bearer {os.environ['PORTAL_TOKEN']}", "Content-Type": "application/x-ndjson"},
    )
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_TIMEOUT_S, context=tls()) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read().decode()


def tls() -> ssl.SSLContext | None:
    """Trust the authority of PORTAL_CA_FILE and show the client certificate of PORTAL_CERT_FILE, where they are set."""
    if not os.environ["PORTAL_URL"].startswith("https"):
        return None
    context = ssl.create_default_context(cafile=os.environ.get("PORTAL_CA_FILE"))
    if "PORTAL_CERT_FILE" in os.environ:
        context.load_cert_chain(os.environ["PORTAL_CERT_FILE"], os.environ.get("PORTAL_KEY_FILE"))
    return context


def wait(attempt: int, retry_after: str | None) -> None:
    """Wait as long as the service asks, or longer each time, never in step with other senders."""
    pause_s = int(retry_after) if retry_after else min(PAUSE_MAX_S, 2 ** min(attempt, 6) / 2)
    time.sleep(pause_s * (1 + random.random() / 2))


def remember(sent: Path, offset: int) -> None:
    """Note how far it came, whole or not at all."""
    new = Path(f"{sent}.new")
    new.write_text(str(offset))
    new.replace(sent)


def stop(status: int, answer: str) -> None:
    """End: the token, the URL or the request is wrong, and a person has to look."""
    sys.stderr.write(f"refused with {status}: {answer}\n")
    sys.exit(2)


if __name__ == "__main__":
    sys.exit(main())
