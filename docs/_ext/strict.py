"""Warnings inside gallery scripts are errors."""

import warnings
from typing import Any


def warnings_are_errors(_conf: dict[str, Any], _script: str, when: str) -> None:
    """Reset hook of sphinx-gallery: strict before a script, as ever after it."""
    warnings.resetwarnings()
    if when == "before":
        warnings.simplefilter("error")
