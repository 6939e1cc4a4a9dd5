"""Files that are there whole or not at all, whenever the process is killed or the machine loses power."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a new file that takes the place of `path` when the block ends well; else nothing has changed.

    What is written goes to a file beside `path` (same directory, so that renaming is atomic), reaches the disk
    (``fsync``), and is renamed; then the directory reaches the disk. A file that was there gives its mode to the new
    one; a symbolic link stays, and what it points to is replaced. A process killed within the block leaves a hidden
    file ``.NAME.….part`` behind, nothing else.
    """
    path = os.path.realpath(path)
    directory, name = os.path.split(path)
    part = os.path.join(directory, f".{name}.{secrets.token_hex(8)}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with open(handle, "wb") as file:
            with suppress(FileNotFoundError):
                os.chmod(part, stat.S_IMODE(os.stat(path).st_mode))
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(part)
        raise
    if os.name == "posix":  # a rename is on the disk when its directory is; other systems cannot open one
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
