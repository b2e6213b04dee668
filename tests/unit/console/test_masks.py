"""Masks say no more than they should, and give nothing away by their length."""

from __future__ import annotations

from sync_service.console.masks import masked_code, masked_email, masked_name, masked_snils


def test_a_name_is_its_initials() -> None:
    assert masked_name("Воронова Мария Сергеевна") == "В••• М••• С•••"
    assert masked_name("Ли") == "Л•••"
    assert masked_name("") == ""
    assert masked_name("ван дер Ваальс Ян Дидерик") == "в••• д••• В•••"


def test_masks_have_the_same_length_whatever_they_hide() -> None:
    assert len(masked_name("Ли Ян Ын")) == len(masked_name("Константинопольская Александра Вячеславовна"))
    assert len(masked_email("a@b")) == len(masked_email("very.long.name@a-department.example"))
    assert masked_email("") == "•••@•••"
    assert masked_snils() == "•••-•••-••• ••"
    assert masked_code("9XTRABCDEFGH") == "9XTR-••••••••"
