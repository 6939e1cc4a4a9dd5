"""What happens in a run, and who wants to know."""

from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple


def at_least_one(op: str, name: str, value) -> None:
    """Raise unless a setting is an int of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"[{op}] `{name}` (={value!r}) must be an int of at least 1")


class Events(Enum):
    """The moments of a run, in their order; ``Events.ITERATION_COMPLETED(every=100)`` is each hundredth."""

    STARTED = "started"
    EPOCH_STARTED = "epoch_started"
    ITERATION_STARTED = "iteration_started"
    ITERATION_COMPLETED = "iteration_completed"
    EPOCH_COMPLETED = "epoch_completed"
    EXCEPTION_RAISED = "exception_raised"
    COMPLETED = "completed"

    def __call__(self, every: int = 1) -> "Event":
        at_least_one(self.name, "every", every)
        return Event(self, every)


class Event(NamedTuple):
    """Each `every`-th occurrence of an event, counted by the epoch or iteration that it belongs to."""

    kind: Events
    every: int = 1


class Handlers:
    """Who is called at which event, in the order of registration."""

    def __init__(self):
        self._of: dict[Events, list[tuple[int, Callable]]] = {kind: [] for kind in Events}

    def on(self, event: Events | Event, handler: Callable[[Any], Any]) -> None:
        if isinstance(event, Events):
            event = Event(event)
        if not isinstance(event, Event):
            raise TypeError(f"[on] `event` (={event!r}) must be one of Events")
        if not callable(handler):
            raise TypeError(f"[on] `handler` (={handler!r}) must be a function of the trainer")
        self._of[event.kind].append((event.every, handler))

    def fire(self, kind: Events, trainer) -> None:
        count = trainer.epoch if kind in (Events.EPOCH_STARTED, Events.EPOCH_COMPLETED) else trainer.iteration
        for every, handler in tuple(self._of[kind]):
            if every == 1 or count % every == 0:
                handler(trainer)
