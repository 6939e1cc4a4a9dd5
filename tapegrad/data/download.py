"""Downloads: from an https address that the user gives, believed only if the content has the SHA-256 that he gives."""

import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from os import PathLike
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from ._arguments import count

CHUNK = 1 << 20
TIMEOUT = 30  # seconds without a byte


def download(
    url: str,
    root: str | PathLike,
    sha256: str,
    filename: str | None = None,
    *,
    max_bytes: int = 4 << 30,
    opener: Callable[[str], AbstractContextManager[IO[bytes]]] | None = None,
) -> Path:
    """Download a file, unless it is there already.

    It is written under another name and renamed when all of it has come and its hash is right: a file of that name
    is always whole.

    Parameters
    ----------
    url : str
        Begins with ``https://``; so must every address to which the server sends us on.
    root : path
        The folder to put it in; made if it does not exist.
    sha256 : str
        The hash of the content, 64 hexadecimal digits: ``sha256sum FILE`` prints it.
    filename : str, optional
        Its name there (default: the last part of the address).
    max_bytes : int, default 4 GiB
        A server that sends more is cut off.
    opener : function of the address, optional
        Opens it for reading (default: Python's own client, which checks the server's certificate).

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ValueError
        If an argument is wrong; if the content is another one, or too long: no file is there then.
    OSError
        If there is no connection, or no room.
    """
    if not isinstance(url, str) or urlsplit(url).scheme != "https" or not urlsplit(url).hostname:
        raise ValueError(f"[download] `url` (={url!r}) must begin with https:// and a host")
    if not isinstance(sha256, str) or not re.fullmatch("[0-9a-fA-F]{64}", sha256):
        raise ValueError(f"[download] `sha256` (={sha256!r}) must be 64 hexadecimal digits")
    name = unquote(urlsplit(url).path).rpartition("/")[2] if filename is None else filename
    if not name or name != Path(name).name or name.startswith(".") or re.search(r"[\\:\x00-\x1f]", name):
        raise ValueError(f"[download] `filename` (={name!r}) must be the plain name of a file")
    count("download", "max_bytes", max_bytes, 1)
    path = Path(root) / name
    if path.is_file() and _hash(path) == sha256.lower():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    number, part = tempfile.mkstemp(prefix=f".{name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file, (opener or _open)(url) as source:
            found = _copy(url, source, file, max_bytes)
            file.flush()
            os.fsync(file.fileno())
        if found != sha256.lower():
            raise ValueError(f"[download] `{url}`: SHA-256 of what came (={found}) must be {sha256.lower()}")
        os.chmod(part, 0o644)  # mkstemp's files are for their owner's eyes only
        os.replace(part, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(part)
        raise
    return path


def _copy(url: str, source: IO[bytes], file: IO[bytes], max_bytes: int) -> str:
    """Copy at most `max_bytes`; returns the hash."""
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(CHUNK):
        size += len(chunk)
        if size > max_bytes:
            raise ValueError(f"[download] `{url}`: size must be at most `max_bytes` (={max_bytes:,})")
        digest.update(chunk)
        file.write(chunk)
    return digest.hexdigest()


def _hash(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _StaySecure(HTTPRedirectHandler):
    def redirect_request(self, req, fp, code, msg, headers, newurl):
        if urlsplit(newurl).scheme != "https":
            raise ValueError(f"[download] `{req.full_url}` sends on to {newurl}; it must begin with https://")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _open(url: str, context: Any = None) -> AbstractContextManager[IO[bytes]]:
    request = Request(url, headers={"User-Agent": "tapegrad"})
    return build_opener(_StaySecure, HTTPSHandler(context=context)).open(request, timeout=TIMEOUT)
