"""One honest comparison: two functions in turns, a ratio for each round, the median of the ratios."""

from __future__ import annotations

import contextlib
import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import attrs

Work = Callable[[], Any]


@attrs.frozen
class Target:
    """What a ratio has to be."""

    word: str
    """``≤`` for costs, ``≥`` for rates."""
    bound: float

    def reached_by(self, ratio: float) -> bool:
        """Whether *ratio* is as good as that."""
        return ratio <= self.bound if self.word == "≤" else ratio >= self.bound

    def __str__(self) -> str:
        return f"{self.word} {self.bound:g}"


def at_most(bound: float) -> Target:
    """Ask for a cost of no more than *bound* times the peer's."""
    return Target("≤", bound)


def at_least(bound: float) -> Target:
    """Ask for a rate of no less than *bound* times the peer's."""
    return Target("≥", bound)


@attrs.frozen
class Ratio:
    """How ours compares with the peer."""

    figure: str
    peer_name: str
    ours: float
    """Median seconds of one operation, or octets."""
    peer: float
    """The same of the peer."""
    rounds: tuple[float, ...]
    """The ratio of each round: of the times that both took, or of their rates."""
    of: str
    """``cost`` (less is better) or ``rate`` (more is better)."""
    target: Target | None = None
    unit: str = "s"
    """Of *ours* and *peer*: seconds, or ``B`` for octets."""

    @property
    def median(self) -> float:
        """The figure."""
        return statistics.median(self.rounds)

    @property
    def spread(self) -> tuple[float, float]:
        """The middle half of the rounds lies between these."""
        lower, _, upper = statistics.quantiles(self.rounds, n=4)
        return lower, upper

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; ``None`` without one."""
        return None if self.target is None else self.target.reached_by(self.median)

    def as_info(self) -> dict[str, Any]:
        """What pytest-benchmark keeps with its own figures (``--benchmark-json``)."""
        lower, upper = self.spread
        return {
            "figure": self.figure,
            "peer": self.peer_name,
            "unit": self.unit,
            "ours_amount": self.ours,
            "peer_amount": self.peer,
            "ratio": self.median,
            "ratio_of": self.of,
            "ratio_quartiles": [lower, upper],
            "target": str(self.target or ""),
            "reached": self.reached,
        }


def ratio(  # noqa: PLR0913  (two sides, and how to compare them)
    benchmark: Any,
    ours: Work,
    peer: Work,
    *,
    figure: str,
    peer_name: str,
    count: int = 1,
    rounds: int = 20,
    of: str = "cost",
    target: Target | None = None,
    ready: Work = lambda: None,
) -> Ratio | None:
    """Measure *ours* against *peer*, in turns, the order reversed each round: ours peer, peer ours, ours peer …

    pytest-benchmark times *ours*; the peer's turns fall in its untimed set-up, two of them before every odd round.

    Args:
        benchmark: pytest-benchmark's fixture; it keeps the ratio as ``extra_info``.
        ours: does the work *count* times.
        peer: does the same work as often.
        figure: what is measured.
        peer_name: what it is compared with.
        count: operations in one call of either.
        rounds: calls of each, made even.
        of: ``cost`` compares times, ours / peer; ``rate`` compares operations per second, ours / peer.
        target: what the ratio has to be.
        ready: called untimed before each call of either.

    Returns:
        The ratio, or ``None`` with ``--benchmark-disable``, when each side runs just once.
    """
    peer_seconds: list[float] = []

    def peer_turn() -> None:
        begin = time.perf_counter()
        peer()
        peer_seconds.append(time.perf_counter() - begin)

    _in_turns(benchmark, ours, peer_turn, rounds, ready)
    if benchmark.stats is None:
        return None
    seconds = benchmark.stats.stats.data
    peer_seconds = peer_seconds[-len(seconds) :]
    made = Ratio(
        figure=figure,
        peer_name=peer_name,
        ours=statistics.median(seconds) / count,
        peer=statistics.median(peer_seconds) / count,
        rounds=_by_round(seconds, peer_seconds, of),
        of=of,
        target=target,
    )
    benchmark.extra_info.update(made.as_info())
    return made


def ratios_of_results(  # noqa: PLR0913  (two sides, and how to compare them)
    benchmark: Any,
    ours: Callable[[], Sequence[float]],
    peer: Callable[[], Sequence[float]],
    *,
    figures: Mapping[str, Target | None],
    peer_name: str,
    rounds: int = 10,
    unit: str = "s",
) -> list[Ratio]:
    """Compare what *ours* and *peer* give back, in turns, instead of how long they take.

    Args:
        benchmark: pytest-benchmark's fixture; it keeps the ratios as ``extra_info``.
        ours: gives one number for each of *figures*.
        peer: gives the same numbers of the peer.
        figures: what they are, and what their ratios, ours / peer, have to be.
        peer_name: what it is compared with.
        rounds: calls of each, made even.
        unit: of the numbers: ``s`` or ``B``.

    Returns:
        A ratio for each figure; none with ``--benchmark-disable``.
    """
    results: dict[str, list[Sequence[float]]] = {"ours": [], "peer": []}
    _in_turns(
        benchmark, lambda: results["ours"].append(ours()), lambda: results["peer"].append(peer()), rounds, lambda: None
    )
    if benchmark.stats is None:
        return []
    made = []
    for column, (figure, target) in enumerate(figures.items()):
        mine, theirs = ([result[column] for result in results[side][1:]] for side in ("ours", "peer"))
        made.append(
            Ratio(
                figure=figure,
                peer_name=peer_name,
                ours=statistics.median(mine),
                peer=statistics.median(theirs),
                rounds=_by_round(mine, theirs, "cost"),
                of="cost",
                target=target,
                unit=unit,
            )
        )
    benchmark.extra_info["ratios"] = [one.as_info() for one in made]
    return made


def _in_turns(benchmark: Any, ours: Work, peer: Work, rounds: int, ready: Work) -> None:
    """Call *peer* and *ours* once to warm up, then both for each round, the order reversed each time."""
    rounds += rounds % 2
    started = iter(range(rounds))

    def before_ours() -> None:
        if next(started, 0) % 2:
            for _ in range(2):
                ready()
                peer()
        ready()

    for warm in (peer, ours):
        ready()
        warm()
    with _old_garbage_aside():
        benchmark.pedantic(ours, setup=before_ours, rounds=rounds)


@contextlib.contextmanager
def _old_garbage_aside() -> Iterator[None]:
    """Let the collector run as in any program, but not over what earlier benchmarks have left."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _by_round(ours: Sequence[float], peer: Sequence[float], of: str) -> tuple[float, ...]:
    pairs = zip(ours, peer, strict=True)
    return tuple(theirs / mine if of == "rate" else mine / theirs for mine, theirs in pairs)
