"""Lighthouse gives each kind of page at least 99 points, as on a phone and as on a laptop.

Not collected by itself: the session "lighthouse" installs the program, and names this file.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "build" / "lighthouse" / "node_modules" / ".bin" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
RUNS = 5  # at most, of which the median counts: a busy machine makes a page slow


def measure(url: str, device: str, flags: str) -> dict[str, Any]:
    """What Lighthouse says of a page."""
    command = [str(PROGRAM), url, "--quiet", "--output=json", "--output-path=stdout"]
    command += [f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags=--headless {flags}"]
    command += ["--preset=desktop"] if device == "desktop" else []
    programs = map(shutil.which, ("chromium", "chromium-headless-shell"))
    browser = os.environ.get("CHROMIUM") or next(filter(None, programs), "")
    done = subprocess.run(
        command,
        env=os.environ | {"CHROME_PATH": browser},
        capture_output=True,
        text=True,
        check=True,
        timeout=180,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def scores(report: dict[str, Any]) -> dict[str, int]:
    """The score of each category, of 100."""
    return {name: round(100 * report["categories"][name]["score"]) for name in CATEGORIES}


def costs(report: dict[str, Any], category: str) -> dict[str, str]:
    """The audits that took points, and what each says."""
    found = {}
    for reference in report["categories"][category]["auditRefs"]:
        audit = report["audits"][reference["id"]]
        if reference["weight"] and audit["score"] is not None and audit["score"] < 1:
            items = (audit.get("details") or {}).get("items", [])
            said = [item.get("node", {}).get("snippet") or item.get("url") for item in items[:3]]
            found[audit["id"]] = f"{audit.get('displayValue', audit['title'])} {said}"
    return found


def summary(report: dict[str, Any]) -> str:
    """Scores, bytes and requests on a line."""
    requests = report["audits"]["network-requests"]["details"]["items"]
    size = sum(request["transferSize"] for request in requests) / 1000
    shown = "  ".join(f"{name} {score:3}" for name, score in scores(report).items())
    return f"{shown}  {size:4.0f} kB  {len(requests):2} requests"


@pytest.mark.parametrize("device", ["mobile", "desktop"])
def test_page_gets_at_least_99_points(
    kind: str,
    example: str,
    address: str,
    flags: str,
    device: str,
    record_property: Callable[[str, object], None],
) -> None:
    reports: list[dict[str, Any]] = []
    while len(reports) < RUNS and sum(map(fast, reports)) <= RUNS // 2:
        reports.append(measure(f"{address}/{example}", device, flags))
    reports.sort(key=lambda report: scores(report)["performance"])
    middle = reports[len(reports) // 2]
    record_property("line", f"{kind:8} {device:8} {summary(middle)}  {example}")
    assert sum(map(fast, reports)) > RUNS // 2, costs(middle, "performance")
    for category in CATEGORIES[1:]:
        assert scores(middle)[category] == 100, costs(middle, category)


def fast(report: dict[str, Any]) -> bool:
    """A page that nothing slows down."""
    return scores(report)["performance"] >= 99
