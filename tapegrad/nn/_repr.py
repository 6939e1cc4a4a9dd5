"""How modules print: one line a layer, nested ones indented, runs of equal ones of a list in one line."""

from itertools import groupby


def layers(name: str, extra: str, rows: list[str]) -> str:
    """``Name(extra)`` on one line, or with `rows` indented below."""
    if not rows and "\n" not in extra:
        return f"{name}({extra})"
    lines = [*(extra.split("\n") if extra else []), *rows]
    return f"{name}(\n  " + "\n  ".join(lines) + "\n)"


def row(name: str, module) -> str:
    """The lines of one child."""
    return f"({name}): {indented(repr(module))}"


def runs(modules) -> list[str]:
    """The rows of a list: equal neighbours as ``(0-2): 3 x Linear(…)``."""
    rows, start = [], 0
    for text, run in groupby(map(repr, modules)):
        n = len(list(run))
        rows.append(f"({start}): {indented(text)}" if n == 1 else f"({start}-{start + n - 1}): {n} x {indented(text)}")
        start += n
    return rows


def indented(text: str) -> str:
    """Every line but the first, two further to the right."""
    return text.replace("\n", "\n  ")
