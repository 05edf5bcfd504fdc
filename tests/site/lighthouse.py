"""Lighthouse gives each kind of page 100 of 100, as on a phone and as on a laptop.

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
RUNS = 3  # at most: a busy machine makes a page slow, never fast

# Kind of page, category, and the one audit that may keep it below 100, with the reason.
EXCEPTIONS: dict[tuple[str, str], tuple[str, str]] = {}


def measure(url: str, device: str, flags: str) -> dict[str, Any]:
    """What Lighthouse says of a page."""
    command = [str(PROGRAM), url, "--quiet", "--output=json", "--output-path=stdout"]
    command += [f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags=--headless {flags}"]
    command += ["--preset=desktop"] if device == "desktop" else []
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""
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
def test_page_gets_all_points(
    kind: str,
    example: str,
    address: str,
    flags: str,
    device: str,
    record_property: Callable[[str, object], None],
) -> None:
    report: dict[str, Any] = {}
    for _ in range(RUNS):
        new = measure(f"{address}/{example}", device, flags)
        if not report or scores(new)["performance"] > scores(report)["performance"]:
            report = new
        if scores(report)["performance"] == 100:
            break
    record_property("line", f"{kind:8} {device:8} {summary(report)}  {example}")
    lost = {name: costs(report, name) for name, n in scores(report).items() if n < 100}
    for category, audits in lost.items():
        excused, _ = EXCEPTIONS.get((kind, category), ("", ""))
        assert set(audits) <= {excused}, (category, audits)
