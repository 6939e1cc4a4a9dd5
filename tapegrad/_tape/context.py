"""Which tape is open: spans and modes, per thread and per asyncio task.

One `ContextVar` holds an immutable tuple `(hot, entry, entry, …)`. `hot` is the tape that an operation
appends to, or None; it is all that the hot path reads. The entries are the open spans and modes, outermost
first. Leaving a block removes *its* entry by identity: a token reset would bring dead entries back when
generators interleave.
"""

import functools
import inspect
import os
import sys
from contextvars import ContextVar
from types import CodeType

_NOTHING_OPEN = (None,)
stack: ContextVar[tuple] = ContextVar("tapegrad_stack", default=_NOTHING_OPEN)

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


class _Internal(dict):
    """File name -> whether it is ours, so that records name the user's line and not the library's."""

    def __missing__(self, filename: str) -> bool:
        self[filename] = ours = filename.startswith((PACKAGE, "<tapegrad"))
        return ours


internal = _Internal()


def caller() -> tuple[CodeType, int]:
    """Return the innermost user frame as `(code, instruction)`: cheap to keep, made into a line only when asked."""
    frame = sys._getframe(1)
    while internal[frame.f_code.co_filename] and frame.f_back is not None:
        frame = frame.f_back
    return frame.f_code, frame.f_lasti


def line_of(code: CodeType, instruction: int) -> str:
    """`file:line` of an instruction of a code object."""
    for start, stop, line in code.co_lines():
        if start <= instruction < stop and line is not None:
            return f"{code.co_filename}:{line}"
    return f"{code.co_filename}:{code.co_firstlineno}"


def push(entry) -> None:
    """Open `entry` on top of this context."""
    entries = (*stack.get()[1:], entry)
    stack.set((_hot(entries), *entries))


def drop(entry) -> None:
    """Close `entry`, wherever it stands in this context; closing it twice is harmless."""
    entries = stack.get()
    if len(entries) == 2 and entries[1] is entry:
        stack.set(_NOTHING_OPEN)
        return
    entries = tuple([e for e in entries[1:] if e is not entry])
    stack.set((_hot(entries), *entries))


def _hot(entries: tuple):
    """The tape to record on: that of the innermost span, unless a `no_grad` is open inside it."""
    if not entries or (isinstance(entries[-1], Mode) and not entries[-1].enabled):
        return None
    for entry in reversed(entries):
        if entry.tape is not None:
            return entry.tape
    return None


def spans() -> list:
    """The open spans, outermost first."""
    return [e for e in stack.get()[1:] if not isinstance(e, Mode)]


def is_grad_enabled() -> bool:
    """Whether recording is not paused by `no_grad` (it needs an open tape as well)."""
    top = stack.get()[-1]
    return top.enabled if isinstance(top, Mode) else True


class Mode:
    """Pause or resume recording, as a context manager, a decorator, or around each step of a generator."""

    tape = None  # where to record, if that is not the innermost span's

    def __init__(self, enabled: bool):
        self.enabled = enabled

    def __enter__(self):
        push(self)
        return self

    def __exit__(self, *exc):
        drop(self)

    def __call__(self, function):
        """Run every call (of a generator: every step) of `function` in this mode."""
        if inspect.isgeneratorfunction(function):
            return functools.wraps(function)(functools.partial(_stepwise, function, self.enabled))
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def arun(*args, **kwargs):
                with Mode(self.enabled):
                    return await function(*args, **kwargs)

            return arun

        @functools.wraps(function)
        def run(*args, **kwargs):
            with Mode(self.enabled):
                return function(*args, **kwargs)

        return run


def _stepwise(function, enabled, *args, **kwargs):
    """Drive a generator so that the mode holds while it runs and never while it waits."""
    generator = function(*args, **kwargs)
    resume, payload = generator.send, None
    try:
        while True:
            try:
                with Mode(enabled):
                    value = resume(payload)
            except StopIteration as stop:
                return stop.value
            try:
                payload = yield value
                resume = generator.send
            except GeneratorExit:
                raise
            except BaseException as error:
                payload, resume = error, generator.throw
    finally:
        with Mode(enabled):
            generator.close()


class Onto(Mode):
    """Record onto `tape`, whatever is open: a recorded sweep appends to the list that it reads."""

    def __init__(self, tape):
        super().__init__(True)
        self.tape = tape


_PAUSE = Mode(False)  # closes the tape to user code that runs in an unrecorded sweep


def onto(tape, entries: tuple) -> tuple:
    """What is open where operations are recorded onto `tape`, inside of `entries`; None: where recording is paused."""
    if tape is not None:
        return (tape, *entries[1:], Onto(tape))
    return entries if entries[0] is None else (None, *entries[1:], _PAUSE)


def within(tape, function, *args, **options):
    """Call `function` with its operations recorded onto `tape`; None: with recording paused."""
    entries = stack.get()
    try:  # here, so that no Ctrl-C comes between
        stack.set(onto(tape, entries))
        return function(*args, **options)
    finally:
        stack.set(entries)


class no_grad(Mode):
    """Pause recording: results inside are constants.

    Works as ``with no_grad():`` and as a decorator of functions, generators and coroutines; it nests.
    """

    def __new__(cls, function=None):
        return cls().__call__(function) if callable(function) else super().__new__(cls)

    def __init__(self, function=None):
        super().__init__(False)


class enable_grad(no_grad):
    """Resume recording inside a `no_grad` block, on the tape that is open there."""

    def __init__(self, function=None):
        Mode.__init__(self, True)


class set_grad_enabled(Mode):
    """Set recording on or off: at once when called as a function, until the end of the block in a `with`."""

    entered = False

    def __init__(self, mode: bool):
        super().__init__(bool(mode))
        top = stack.get()[-2:]
        if all(isinstance(e, set_grad_enabled) and not e.entered for e in top) and len(top) == 2:
            drop(top[0])  # two calls in a row: the earlier one can never be seen again
        push(self)

    def __enter__(self):
        self.entered = True
        return self

    def __call__(self, function):
        drop(self)
        return super().__call__(function)
