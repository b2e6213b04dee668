"""The master key of the tests: stores that are cloned from each other share it, whatever their directories are."""

from __future__ import annotations

from base64 import b64encode

from pydantic import SecretStr

from sync_service.adapters.master_keys import WrittenMasterKeys

MASTER_KEY = b64encode(bytes(range(32))).decode()
SECRET_KEY = SecretStr(MASTER_KEY)
MASTER = WrittenMasterKeys([MASTER_KEY], "the tests")
