"""A record, readable; and a tape as text: one row a record, aligned, long ones shortened to their two ends."""

from .context import line_of

HEADER = 7  # fields before the input slots: primitive, settings, slot, shape, dtype, code, instruction
ENDS = 20  # rows shown at each end of a long tape


class _Part:
    """Stands at the slots of an operation's second and later outputs; its setting is the output's number."""

    name, n, header, settings, saves, outputs = "part", 0, HEADER, (), False, 1


PART = _Part()


class Row:
    """One record, readable: ``op, inputs, output, settings, shape, dtype, saved_bytes, freed, line``."""

    __slots__ = ("_record",)

    def __init__(self, record: tuple):
        self._record = record

    op = property(lambda self: self._record[0].name, doc="Name of the primitive.")
    output = property(lambda self: self._record[2], doc="Slot of the (first) output.")
    shape = property(lambda self: self._record[3], doc="Shape of the (first) output.")
    dtype = property(lambda self: self._record[4], doc="Dtype of the (first) output.")
    line = property(lambda self: line_of(*self._record[5:7]), doc="`file:line` of the user's code.")

    @property
    def inputs(self) -> tuple:
        """Slots of the inputs: k is record k, -1-j the j-th leaf, None an untracked array."""
        return self._record[HEADER : HEADER + self._record[0].n]

    @property
    def settings(self) -> dict:
        """The keyword settings of the operation."""
        primitive, values = self._record[:2]
        return primitive.options(values)

    @property
    def saved_bytes(self) -> int:
        """Bytes of the values kept for the sweep (an array that several records keep counts in each)."""
        return sum(nbytes(v) for v in self._record[self._record[0].header :])

    @property
    def freed(self) -> bool:
        """Whether a sweep has consumed the saved values."""
        return self._record[0].saves and len(self._record) == self._record[0].header

    def __repr__(self):
        return "  ".join(cells(self))


def nbytes(value) -> int:
    """Bytes of a saved value: an array, a tuple of them, or something that knows its own."""
    if isinstance(value, tuple):
        return sum(map(nbytes, value))
    return getattr(value, "nbytes", 0)


def cells(row: Row) -> list[str]:
    """The columns of one row."""
    names = ["·" if s is None else f"%{s}" if s >= 0 else f"leaf{-1 - s}" for s in row.inputs]
    filename, _, number = row.line.rpartition(":")
    short = f"{filename.replace(chr(92), '/').rpartition('/')[2]}:{number}"
    settings = ", ".join(f"{k}={v}" for k, v in row.settings.items())
    saved = "freed" if row.freed else f"{row.saved_bytes} B"
    return [f"%{row.output}", "=", row.op, ", ".join(names), settings, str(row.shape), str(row.dtype), saved, short]


def table(rows: list[Row]) -> str:
    """All rows, or the two ends of a long list, in aligned columns."""
    if not rows:
        return "(an empty tape)"
    hidden = len(rows) - 2 * ENDS
    shown = rows if hidden <= 0 else rows[:ENDS] + rows[-ENDS:]
    lines = [cells(row) for row in shown]
    widths = [min(40, max(len(line[i]) for line in lines)) for i in range(len(lines[0]))]
    right = {7}
    text = [
        "  ".join(c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True)))
        for line in lines
    ]
    if hidden > 0:
        text.insert(ENDS, f"… {hidden} more records …")
    return "\n".join(line.rstrip() for line in text)


class Stats:
    """Records and saved bytes of a tape, in all and by operation."""

    def __init__(self, by_op: dict[str, tuple[int, int]]):
        self.by_op = by_op
        self.records = sum(n for n, _ in by_op.values())
        self.saved_bytes = sum(b for _, b in by_op.values())

    def __repr__(self):
        width = max([len("op"), *map(len, self.by_op)])
        lines = [f"{'op':{width}}  records  saved bytes"]
        entries = sorted(self.by_op.items(), key=lambda item: (-item[1][1], -item[1][0]))
        for name, (n, size) in [*entries, ("all", (self.records, self.saved_bytes))]:
            lines.append(f"{name:{width}}  {n:7d}  {size:11d}")
        return "\n".join(lines)


def stats(rows: list[Row]) -> Stats:
    """Add up the rows."""
    by_op: dict[str, tuple[int, int]] = {}
    for row in rows:
        n, size = by_op.get(row.op, (0, 0))
        by_op[row.op] = (n + 1, size + row.saved_bytes)
    return Stats(by_op)
