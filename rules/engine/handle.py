"""
The one module that touches durable-rules: its C functions, never its host.

The engine is kept to what it does right. A sentinel fires once before the first state is
deleted, a handle has one state at a time, facts are shown one by one so that every refusal
is seen, and the agenda is read, never run.
"""

from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Self

import durable_rules_engine as native
import msgspec

from rules.engine.rule import STATE, EngineRule
from rules.engine.sharding import Shard

MAX_FIRINGS = 50_000
MAX_PARTIAL = 8
_FINE = (0, 1)
"""A fact is shown, or matches nothing."""
_SENTINEL = {"all": [{"w": {"$and": [{"warm": 1}]}}], "cap": 1}
_encode = msgspec.json.Encoder().encode
Found = tuple[str, tuple[int, ...]]
_Key = tuple[int, frozenset[str]]


class EngineError(RuntimeError):
    """The engine refused a rule or a fact, or answered what cannot be read."""


class _Shown(msgspec.Struct):
    id: str


_agenda = msgspec.json.Decoder(dict[str, list[dict[str, _Shown]]])


class Engine:
    """One C handle, which answers for one shard. Used by one thread; close it."""

    def __init__(self, rules: Sequence[EngineRule]) -> None:
        """Raise `EngineError` when the engine refuses *rules*."""
        self._bound = {one.id: one.bound for one in rules}
        bodies: dict[str, Any] = {one.id: one.body for one in rules}
        try:
            text = _encode({**bodies, "%": _SENTINEL}).decode()
            self._handle: int | None = native.create_ruleset("rules", text)
        except native.error as error:
            raise EngineError(f"the engine refused the rules: {error}") from error
        self._warm()

    def _warm(self) -> None:
        state = self._show([f'{{"warm":1,"sid":"{STATE}","id":"w"}}'])
        fired = native.start_action_for_state(self._handle, state)
        if fired is None:
            raise EngineError("the engine did not fire its sentinel")
        native.complete_and_start_action(self._handle, state)
        native.delete_state(self._handle, STATE)

    def _show(self, facts: Iterable[str]) -> int | None:
        """Return the state's place; a fact that matches nothing is fine, a refused one is not."""
        handle, show, state = self._handle, native.assert_fact, None
        try:
            for one in facts:
                code, state = show(handle, one)
                if code not in _FINE:
                    raise EngineError(f"the engine answered {code} to a fact")
        except native.error as error:
            raise EngineError(f"the engine refused a fact: {error}") from error
        return state

    def ask(self, positions: Sequence[int], facts: Sequence[str]) -> list[Found]:
        """
        Return each (engine rule id, positions bound) that holds among *facts*.

        They are JSON, shadows first, each with its place for an id; *positions* say which they are.
        After an `EngineError` the handle is not fit to be asked again.
        """
        if self._handle is None:
            raise EngineError("the engine is closed")
        state = self._show(facts)
        if state is None:
            return []
        found = self._answers(state, positions)
        native.delete_state(self._handle, STATE)
        return found

    def _answers(self, state: int, positions: Sequence[int]) -> list[Found]:
        found: list[Found] = []
        started = native.start_action_for_state(self._handle, state)
        message = None if started is None else started[1]
        while message is not None:
            for rule, matches in _read_agenda(message).items():
                if len(found) + len(matches) > MAX_FIRINGS:
                    raise EngineError(f"more than {MAX_FIRINGS:,} combinations of facts hold")
                bound = self._bound[rule]
                found += [
                    (rule, tuple([positions[int(match[one].id)] for one in bound]))
                    for match in matches
                ]
            message = native.complete_and_start_action(self._handle, state)
        return found

    def close(self) -> None:
        if self._handle is not None:
            native.delete_ruleset(self._handle)
            self._handle = None


def _read_agenda(message: str) -> dict[str, list[dict[str, _Shown]]]:
    try:
        return _agenda.decode(message)
    except msgspec.DecodeError as error:
        raise EngineError(f"the engine's answer cannot be read: {error}") from error


class Engines:
    """
    One handle a shard, opened when first asked.

    Beside them stay a few for shards of which some rules are not to be asked.
    """

    def __init__(self, shards: Sequence[Shard]) -> None:
        self._shards = shards
        self._most = len(shards) + MAX_PARTIAL
        self._open: dict[_Key, Engine] = {}

    def ask(
        self,
        number: int,
        positions: Sequence[int],
        facts: Sequence[str],
        without: frozenset[str] = frozenset(),
    ) -> list[Found]:
        """
        Return what shard *number* answers *without* the rules of those names.

        A handle that fails is given up (`EngineError`).
        """
        key = (number, without)
        engine = self._open.pop(key, None)
        if engine is None:
            engine = Engine([one for one in self._shards[number].rules if one.rule not in without])
        try:
            found = engine.ask(positions, facts)
        except EngineError:
            engine.close()
            raise
        self._open[key] = engine
        while len(self._open) > self._most:
            self._open.pop(next(iter(self._open))).close()
        return found

    def close(self) -> None:
        for one in self._open.values():
            one.close()
        self._open.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
