"""The files that build whole sites begin first, or one of them would keep a single core busy."""

from __future__ import annotations

import pytest

LONG = ("test_rebuild", "test_build")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put them first; the others stay as they are."""
    items.sort(key=lambda item: item.path.stem not in LONG)
