from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from tests.refusals import refuses
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
)

from logreg_book import constant, cosine, inverse_time, warmup

RATES = st.floats(1e-6, 1e3)
Make = Callable[[torch.optim.Optimizer], LRScheduler]


def rates_of_torch(eta: float, make: Make, n: int) -> Iterator[float]:
    """The rates with which an optimizer of torch takes its first steps."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=eta)
    scheduler = make(optimizer)
    for _ in range(n):
        yield optimizer.param_groups[0]["lr"]
        optimizer.step()
        scheduler.step()


def same_rates(schedule: Callable[[int], float], make: Make, n: int = 100) -> None:
    eta = 0.7
    ours = [schedule(step) for step in range(n)]
    assert_allclose(ours, list(rates_of_torch(eta, make, n)), rtol=0, atol=1e-10)


def test_constant_is_a_scheduler_that_changes_nothing() -> None:
    same_rates(constant(0.7), lambda optimizer: ConstantLR(optimizer, factor=1.0))


@pytest.mark.parametrize("steps", [0.5, 1, 7, 100])
def test_inverse_time_is_that_factor(steps: float) -> None:
    schedule = inverse_time(0.7, steps=steps)
    same_rates(schedule, lambda optimizer: LambdaLR(optimizer, lambda t: 1 / (1 + t / steps)))


@pytest.mark.parametrize("steps", [100, 150])
def test_cosine_is_cosine_annealing_until_the_run_is_over(steps: int) -> None:
    same_rates(cosine(0.7, steps=steps), lambda optimizer: CosineAnnealingLR(optimizer, steps))


@pytest.mark.parametrize("steps", [2, 7, 100, 300])
def test_warmup_is_a_linear_rise_whose_last_step_has_the_full_rate(steps: int) -> None:
    def linear(optimizer: torch.optim.Optimizer) -> LRScheduler:
        return LinearLR(optimizer, start_factor=1 / steps, end_factor=1, total_iters=steps - 1)

    same_rates(warmup(0.7, steps=steps), linear)


def test_a_product_of_schedules_is_a_chain_of_schedulers() -> None:
    ramp, fall = warmup(1.0, steps=10), cosine(0.7, steps=100)

    def chain(optimizer: torch.optim.Optimizer) -> LRScheduler:
        parts = [
            LinearLR(optimizer, start_factor=0.1, end_factor=1, total_iters=9),
            CosineAnnealingLR(optimizer, 100),
        ]
        return torch.optim.lr_scheduler.ChainedScheduler(parts)

    same_rates(lambda step: ramp(step) * fall(step), chain)


@given(eta=RATES, steps=st.integers(1, 50), step=st.integers(0, 200))
def test_no_schedule_exceeds_its_rate_or_becomes_negative(
    eta: float, steps: int, step: int
) -> None:
    for schedule in (constant(eta), inverse_time(eta, steps=steps), warmup(eta, steps=steps)):
        assert 0 < schedule(step) <= eta
    assert 0 <= cosine(eta, steps=steps)(step) <= eta
    assert (cosine(eta, steps=steps)(step) == 0) == (step >= steps)


@given(eta=RATES, steps=st.integers(1, 50))
def test_falling_schedules_never_rise_and_the_warmup_never_falls(eta: float, steps: int) -> None:
    times = range(100)
    for schedule in (inverse_time(eta, steps=steps), cosine(eta, steps=steps)):
        assert schedule(0) == eta
        assert (np.diff([schedule(step) for step in times]) <= 0).all()
    rise = warmup(eta, steps=steps)
    assert (np.diff([rise(step) for step in times]) >= 0).all()
    assert rise(steps - 1) == rise(10 * steps) == eta


def test_after_as_many_steps_as_it_is_given_inverse_time_has_halved() -> None:
    assert inverse_time(0.8, steps=25)(25) == 0.4


def test_the_length_of_inverse_time_is_a_size_and_not_a_count() -> None:
    assert inverse_time(1.0, steps=0.5)(1) == pytest.approx(1 / 3)
    refuses(inverse_time, "steps must be finite and above 0, got 0", 1.0, steps=0)
