"""Archives from somewhere, unpacked without believing them.

Python's own `extractall` does what an archive says. Here every member is looked at first: only plain files and folders,
only below the new folder, no name twice, no more bytes and members than allowed, counted as they come and not as the
archive says. All of it is written into a new folder beside the one wanted, which is renamed at the end.
"""

import bz2
import gzip
import lzma
import os
import re
import shutil
import stat
import tarfile
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterator
from errno import EINVAL
from os import PathLike, fspath
from pathlib import Path
from typing import IO, Any, NamedTuple

from ._arguments import count

CHUNK = 1 << 20
HEADER = 1 << 20  # bytes in which a tar archive must come to its next member
BLOCK = 512  # of a tar archive
LONGEST = 255  # bytes in a part of a path: what file systems take
PACKED: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open, b"\xfd7": lzma.open}


class Member(NamedTuple):
    """What an archive claims to have."""

    name: str
    is_folder: bool
    content: Any  # a function that opens it


def extract_archive(
    from_path: str | PathLike, to_path: str | PathLike, *, max_bytes: int = 16 << 30, max_members: int = 1_000_000
) -> Path:
    """Unpack a tar archive (plain, gzip, bzip2, xz) or a zip archive into a new folder.

    Parameters
    ----------
    from_path : path
    to_path : path
        Must not exist. It is there when everything has been unpacked, and not before.
    max_bytes, max_members : int
        What the members may have together, and how many they may be.

    Returns
    -------
    pathlib.Path
        `to_path`.

    Raises
    ------
    ValueError
        If the archive is damaged or of another kind; if it has a link, a device, an encrypted member, a name that is
        absolute, leads upward, or comes twice (as ``A`` and ``a`` do on some systems); if it is too large. Nothing is
        left then.
    FileExistsError
        If `to_path` exists.
    OSError
        If something cannot be read or written.

    Notes
    -----
    Permissions, owners and times in the archive are not taken over.
    """
    source, target = Path(from_path), Path(to_path)
    limits = _Limits(
        source, count("extract_archive", "max_bytes", max_bytes, 0),
        count("extract_archive", "max_members", max_members, 1),
    )  # fmt: skip
    if target.exists() or target.is_symlink():
        raise FileExistsError(f"[extract_archive] `to_path` (={fspath(to_path)!r}) must not exist")
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
    try:
        with open(source, "rb") as file:
            try:
                for member in _members(file, limits):
                    _write(folder, member, limits)
            except (_Refusal, MemoryError):
                raise
            except Exception as error:  # Python's readers stumble in many ways
                if isinstance(error, OSError) and error.errno not in (None, EINVAL):
                    raise  # the system's own; bz2 gives no number, and zip seeks to places before the start
                raise limits.refusal(f"is damaged, or no archive: {error}") from None
        folder.chmod(0o755)  # mkdtemp's folders are for their owner alone
        folder.rename(target)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return target


class _Refusal(ValueError):
    """What this file says itself."""


class _Limits:
    """What was unpacked so far, and what may be."""

    def __init__(self, path: Path, max_bytes: int, max_members: int):
        self.path, self.max_bytes, self.max_members = path, max_bytes, max_members
        self.bytes, self.members = 0, 0
        self.is_folder: dict[str, bool] = {}  # by place

    def refusal(self, why: str) -> ValueError:
        return _Refusal(f"[extract_archive] `{self.path}` {why}")

    def check(self, size: int) -> None:
        """Refuse `size` bytes more, if they are too many."""
        if not 0 <= size <= self.max_bytes - self.bytes:
            raise self.refusal(f"must not have more than `max_bytes` (={self.max_bytes:,}) unpacked")

    def take(self, size: int) -> None:
        """Count `size` bytes more."""
        self.check(size)
        self.bytes += size

    def parts(self, member: Member) -> list[str]:
        """The parts of a member's path, if it may be written."""
        self.members += 1
        if self.members > self.max_members:
            raise self.refusal(f"must not have more than `max_members` (={self.max_members:,})")
        name = member.name.removesuffix("/") if member.is_folder else member.name
        parts = [part for part in name.split("/") if part != "."]
        if not all(map(_is_plain, parts)) or not (parts or member.is_folder):
            raise self.refusal(f"has a member {member.name!r}, whose name must lead to a place below the folder")
        places = ["/".join(map(_as_seen, parts[:n])) for n in range(1, len(parts) + 1)]
        for place in places[:-1]:
            if not self.is_folder.setdefault(place, True):
                raise self.refusal(f"has a member {member.name!r}, which must not lie in a file")
        if places:
            known = (
                self.is_folder.setdefault(places[-1], True) if member.is_folder else places[-1] not in self.is_folder
            )
            if not known:  # folders may be named after what lies in them, and again
                raise self.refusal(f"has a member {member.name!r}, which must not come twice")
            self.is_folder[places[-1]] = member.is_folder
        return parts


def _is_plain(part: str) -> bool:
    """Whether this is the name of a file in every system: no step upward, no drive, no second separator."""
    return part not in ("", "..") and not re.search(r"[\\:\x00-\x1f]", part) and len(os.fsencode(part)) <= LONGEST


def _as_seen(part: str) -> str:
    """The name as systems see it that ignore case, ways to write an accent, and dots at the end."""
    return unicodedata.normalize("NFC", part).casefold().rstrip(" .")


def _write(folder: Path, member: Member, limits: _Limits) -> None:
    path = folder.joinpath(*limits.parts(member))
    if member.is_folder:
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "xb") as file, member.content() as content:
        while chunk := content.read(CHUNK):
            limits.take(len(chunk))
            file.write(chunk)


def _members(file: IO[bytes], limits: _Limits) -> Iterator[Member]:
    start = file.read(4)
    file.seek(0)
    if start == b"PK\x03\x04" or start == b"PK\x05\x06":
        return _zipped(file, limits)
    return _tarred(PACKED.get(start[:2], lambda plain: plain)(file), limits)


def _zipped(file: IO[bytes], limits: _Limits) -> Iterator[Member]:
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise limits.refusal(
                    f"has a member {info.filename!r}, which must be a file or a folder and is something else"
                )
            if info.flag_bits & 1:
                raise limits.refusal(f"has a member {info.filename!r}, which must not be encrypted")
            yield Member(info.orig_filename, info.is_dir(), lambda info=info: archive.open(info))


def _tarred(file: Any, limits: _Limits) -> Iterator[Member]:
    metered = _Metered(file, limits)
    with tarfile.open(fileobj=metered, mode="r|") as archive:  # type: ignore[call-overload]  # it wants a str
        metered.allow(HEADER)
        while (info := archive.next()) is not None:
            if not info.isdir() and (info.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or info.issparse()):
                raise limits.refusal(
                    f"has a member {info.name!r}, which must be a file or a folder and is something else"
                )
            limits.check(info.size)
            metered.allow(info.size + HEADER)
            yield Member(info.name, info.isdir(), lambda info=info: archive.extractfile(info))
            metered.allow(HEADER)  # the rest of what was allowed for the content is not for headers
            archive.members = []  # it would remember every one
        metered.drain()


class _Metered:
    """A file of which no more can be read than was allowed: headers of a tar archive have sizes of their own."""

    def __init__(self, file: Any, limits: _Limits):
        self._file, self._limits, self._left, self._tail = file, limits, HEADER, b""

    def allow(self, size: int) -> None:
        """Let `size` bytes more be read from here on."""
        self._left = size

    def read(self, size: int) -> bytes:
        data = self._file.read(min(size, CHUNK))
        self._left -= len(data)
        if self._left < 0:
            raise self._limits.refusal(f"must come to its next member within {HEADER:,} bytes")
        self._tail = (self._tail + data)[-BLOCK:]
        return data

    def drain(self) -> None:
        """Read to the end, where checksums are compared; a whole archive has zeros there."""
        self.allow(HEADER)
        while self.read(CHUNK):
            pass
        if self._tail.strip(b"\0"):
            raise self._limits.refusal("is truncated, or goes on after its end")

    def close(self) -> None:
        """Nothing: who opened the file closes it."""
