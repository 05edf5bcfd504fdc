"""Types that annotations share; the docstrings give shapes and dtypes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Indices = NDArray[np.intp]
Rule = Callable[..., tuple[Array, Any]]
Schedule = Callable[[int], float]
