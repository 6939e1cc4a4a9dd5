"""What the allocator of a device has done: bytes and blocks, now, at most, and in total."""

COUNTED = ("allocated_bytes", "reserved_bytes", "requested_bytes", "allocation", "segment")


class Statistics:
    """Counters of a pool: `allocated` is what arrays hold, `reserved` what the driver gave, `requested` unrounded.

    A segment is a block of the driver's, an allocation a block in use.
    """

    def __init__(self):
        self.now = dict.fromkeys(COUNTED, 0)
        self.peaks, self.taken, self.given = self.now.copy(), self.now.copy(), self.now.copy()
        self.retries = self.failures = 0

    allocated_bytes = property(lambda self: self.now["allocated_bytes"])
    reserved_bytes = property(lambda self: self.now["reserved_bytes"])

    def took(self, whole: int, size: int) -> None:
        """A block is in use."""
        self._more(allocated_bytes=whole, requested_bytes=size, allocation=1)

    def gave(self, whole: int, size: int) -> None:
        """A block is in use no more."""
        self._less(allocated_bytes=whole, requested_bytes=size, allocation=1)

    def reserved(self, size: int) -> None:
        """The driver gave a block."""
        self._more(reserved_bytes=size, segment=1)

    def released(self, size: int, count: int) -> None:
        """Blocks of one size went back to the driver."""
        self._less(reserved_bytes=size * count, segment=count)

    def _more(self, **amounts: int) -> None:
        for name, amount in amounts.items():
            self.now[name] += amount
            self.taken[name] += amount
            self.peaks[name] = max(self.peaks[name], self.now[name])

    def _less(self, **amounts: int) -> None:
        for name, amount in amounts.items():
            self.now[name] -= amount
            self.given[name] += amount

    def reset_peaks(self) -> None:
        """Let the peaks begin at what is in use now."""
        self.peaks = self.now.copy()

    def reset_totals(self) -> None:
        """Let the totals begin at 0."""
        self.taken, self.given = dict.fromkeys(COUNTED, 0), dict.fromkeys(COUNTED, 0)
        self.retries = self.failures = 0

    def as_dict(self) -> dict[str, int]:
        """All of it, under PyTorch's names."""
        kinds = {"current": self.now, "peak": self.peaks, "allocated": self.taken, "freed": self.given}
        found = {f"{name}.all.{kind}": values[name] for name in COUNTED for kind, values in kinds.items()}
        return {**found, "num_alloc_retries": self.retries, "num_ooms": self.failures}

    def table(self, title: str) -> str:
        """All of it, for people."""
        rows = [title, f"{'':18}{'now':>12}{'at most':>12}{'taken':>12}{'given back':>12}"]
        for name in COUNTED:
            shown = gibibytes if name.endswith("bytes") else str
            cells = (values[name] for values in (self.now, self.peaks, self.taken, self.given))
            rows.append(f"{name.replace('_', ' '):18}" + "".join(f"{shown(v):>12}" for v in cells))
        rows.append(f"caches emptied to find memory: {self.retries} times; not found: {self.failures} times")
        return "\n".join(rows)


def gibibytes(count: int) -> str:
    """Bytes for people: "1.50 GiB"."""
    value, unit = float(count), "B"
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024 or unit == "GiB":
            break
        value /= 1024
    return f"{count} B" if unit == "B" else f"{value:.2f} {unit}"
