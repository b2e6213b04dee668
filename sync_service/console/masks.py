"""Masks: what stands for personal values on a page; every mask of a kind has the same length."""

from __future__ import annotations

from sync_service.aggregates.values import masked_code

DOTS = "•••"


def masked_name(full_name: str) -> str:
    """A name by its initials, three dots each and at most three of them: «В••• М••• С•••»."""
    return " ".join(f"{word[0]}{DOTS}" for word in full_name.split()[:3])


def masked_email(email: str) -> str:
    """An e-mail address by its first character: «m•••@•••»."""
    return f"{email[:1]}{DOTS}@{DOTS}"


def masked_snils() -> str:
    """A СНИЛС; nothing of it is shown."""
    return f"{DOTS}-{DOTS}-{DOTS} ••"


__all__ = ["masked_code", "masked_email", "masked_name", "masked_snils"]
