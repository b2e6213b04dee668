"""Every advisory lock has a number of its own: two uses of one would wait for each other without a reason."""

from sync_service.adapters import postgres_audit, postgres_company, postgres_database, postgres_signals, postgres_store


def test_no_two_locks_share_a_number() -> None:
    numbers = [
        getattr(module, name)
        for module in (postgres_audit, postgres_company, postgres_database, postgres_signals, postgres_store)
        for name in vars(module)
        if "LOCK" in name and isinstance(getattr(module, name), int) and getattr(module, name) > 1_000
    ]
    distinct = {*numbers}
    assert len(distinct) == 5
