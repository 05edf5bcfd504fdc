"""How tests ask whether a function rejects a wrong argument properly."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch


def refuses(
    function: Callable[..., Any],
    message: str,
    *positional: Any,
    error: type[Exception] = ValueError,
    **arguments: Any,
) -> None:
    """The call raises exactly this, warns of nothing, and leaves its arguments as they were."""
    given = (*positional, *arguments.values())
    before = [_snapshot(value) for value in given]
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with pytest.raises(error) as caught:
            function(*positional, **arguments)
    assert (type(caught.value), str(caught.value)) == (error, message)
    assert [str(warning.message) for warning in heard] == []
    np.testing.assert_equal([_snapshot(value) for value in given], before)


def _snapshot(value: Any) -> Any:
    """What can be seen to have changed, or not."""
    if isinstance(value, np.random.Generator):
        return value.bit_generator.state
    if isinstance(value, np.ma.MaskedArray):  # older NumPy compares no masked numbers
        return [value.data.copy(), np.ma.getmaskarray(value).copy()]
    if isinstance(value, torch.Tensor):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [_snapshot(item) for item in value]
    return copy.deepcopy(value) if isinstance(value, np.ndarray) else value
