"""The command line: `sync-service`. Data goes to stdout, prose to stderr."""

from __future__ import annotations

import sys

from sync_service.cli.app import app
from sync_service.cli.failures import exit_code_of, sentence_of

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line; an expected failure is one line and an exit code, never a traceback."""
    try:
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has enough
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        code = exit_code_of(error)
        if code is None:
            raise
        sys.stderr.write(f"{sentence_of(error)}\n")
        sys.exit(code)
