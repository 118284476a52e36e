"""Who certifies a category: the department that the notice names, else that of the national layer."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from canbao.policy import Catalogue, PolicyFaults, policies
from canbao.policy.certifiers import NATIONAL, certifiers


def test_a_notice_goes_before_the_national_layer_category_by_category(tmp_path: Path) -> None:
    """Pingyin's notice as it would be if civil affairs certified disabilities: nothing else moves."""
    shutil.copytree(policies.folder / "370124", tmp_path / "370124")
    shutil.copy(policies.folder / "national.yaml", tmp_path)
    notice = tmp_path / "370124" / "2025.notice.yaml"
    text = notice.read_text(encoding="utf-8")
    changed = text.replace("department: disabled_federation, categories", "department: civil_affairs, categories")
    assert changed != text
    notice.write_text(changed, encoding="utf-8")

    before, after = certifiers(policies.get("370124-2025")), certifiers(Catalogue(tmp_path).get("370124-2025"))

    assert before["severe_disability"] == {"disabled_federation"} and after["severe_disability"] == {"civil_affairs"}
    assert {code for code in before if before[code] != after[code]} == {"severe_disability"}
    assert before["poverty_alleviated"] == {"rural_revitalisation"}, "the notice's own words"
    assert certifiers(None)["poverty_alleviated"] == {"agriculture_rural"}


def test_a_national_layer_that_cannot_be_read_is_told_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (policies.folder / NATIONAL).read_text(encoding="utf-8")
    broken = tmp_path / NATIONAL
    broken.write_text(text.replace("lists:", "lists: 7\nfriends:", 1), encoding="utf-8")
    assert broken.read_text(encoding="utf-8") != text
    monkeypatch.setattr(policies, "folder", tmp_path)

    with pytest.raises(PolicyFaults) as caught:
        certifiers(None)

    assert any(fault.file == str(broken) and fault.line > 1 for fault in caught.value.faults)
