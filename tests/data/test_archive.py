"""Archives are unpacked whole or not at all, and never outside of their folder."""

import bz2
import gzip
import io
import lzma
import os
import random
import shutil
import stat
import struct
import tarfile
import zipfile

import pytest

from tapegrad.data import extract_archive

GOOD = {"a/x.txt": b"hello" * 300, "b" * 150 + "/é": b"1", "empty": b""}
TARS = {"tar": bytes, "tar.gz": gzip.compress, "tar.bz2": bz2.compress, "tar.xz": lzma.compress}


def member(name, content=b"", **fields) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def tar(*members) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def zipped(*members) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def linked() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


GOOD_TAR = tar(*(member(name, content) for name, content in GOOD.items()), member("folder", type=tarfile.DIRTYPE))
GOOD_ZIP = zipped(*GOOD.items(), ("folder/", b""))
ARCHIVES = {**{kind: pack(GOOD_TAR) for kind, pack in TARS.items()}, "zip": GOOD_ZIP}


@pytest.fixture
def unpack(tmp_path):
    """Unpack bytes; afterwards nothing may lie beside the archive and its folder."""

    def unpacked(content, **limits):
        (tmp_path / "archive").write_bytes(content)
        return extract_archive(tmp_path / "archive", tmp_path / "new" / "folder", **limits)

    yield unpacked
    assert {path.name for path in tmp_path.iterdir()} <= {"archive", "new", "before"}
    assert {path.name for path in (tmp_path / "new").iterdir()} <= {"folder"}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_every_file_comes_out_as_it_went_in(unpack, kind):
    folder = unpack(ARCHIVES[kind])
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert files == GOOD
    assert (folder / "folder").is_dir()


def test_permissions_are_not_taken_over(unpack):
    folder = unpack(tar(member("program", b"#!", mode=0o6777)))
    assert not (folder / "program").stat().st_mode & 0o7111


HOSTILE_NAMES = ["../x", "/etc/x", "a/../../x", "a//x", "C:\\x", "a\\..\\x", "C:x", "..", "a/..", "x" * 256]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("pack", ["tar", "zip"])
def test_names_that_lead_elsewhere_are_refused(unpack, tmp_path, pack, name):
    content = tar(member("good", b"1"), member(name, b"2")) if pack == "tar" else zipped(("good", b"1"), (name, b"2"))
    with pytest.raises(ValueError, match=r"has a member .*, whose name must lead to a place below the folder"):
        unpack(content)


KINDS = {
    "link": {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"},
    "hard link": {"type": tarfile.LNKTYPE, "linkname": "good"},
    "pipe": {"type": tarfile.FIFOTYPE},
    "device": {"type": tarfile.CHRTYPE},
    "sparse": {"pax_headers": {"GNU.sparse.map": "0,1", "GNU.sparse.size": "9"}},
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_neither_file_nor_folder_is_refused(unpack, kind):
    with pytest.raises(ValueError, match=r"has a member 'bad', which must be a file or a folder and is something else"):
        unpack(tar(member("good", b"1"), member("bad", **KINDS[kind]), member("bad/x", b"2")))


def test_links_in_zip_archives_are_refused(unpack):
    with pytest.raises(ValueError, match="has a member 'link', which must be a file or a folder"):
        unpack(zipped((linked(), b"/etc"), ("link/x", b"2")))


@pytest.mark.parametrize("names", [("a", "a"), ("a", "A"), ("e\u0301", "é"), ("a", "./a"), ("d/x", "d"), ("a", "a.")])
def test_names_that_come_twice_are_refused(unpack, names):
    with pytest.raises(ValueError, match=r"has a member .*, which must not come twice"):
        unpack(tar(*(member(name, b"1") for name in names)))


def test_nothing_lies_in_a_file(unpack):
    with pytest.raises(ValueError, match="has a member 'a/x', which must not lie in a file"):
        unpack(tar(member("a", b"1"), member("a/x", b"2")))


def test_bytes_are_counted_as_they_come(unpack):
    bomb = zipped(("zeros", bytes(1 << 22)))
    assert len(bomb) < 1 << 13
    for content in (bomb, gzip.compress(tar(member("zeros", bytes(1 << 22))))):
        with pytest.raises(ValueError, match=r"must not have more than `max_bytes` \(=1,000,000\) unpacked"):
            unpack(content, max_bytes=1_000_000)
    lying = bytearray(bomb)
    for at in (lying.index(b"PK\x03\x04") + 22, lying.index(b"PK\x01\x02") + 24):
        struct.pack_into("<I", lying, at, 5)  # the size that it claims
    with pytest.raises(ValueError, match="is damaged"):
        unpack(bytes(lying), max_bytes=1_000_000)


def test_members_are_counted(unpack):
    with pytest.raises(ValueError, match=r"must not have more than `max_members` \(=2\)"):
        unpack(tar(*(member(name) for name in "abc")), max_members=2)


def test_headers_of_a_tar_archive_are_bounded(unpack):
    long = member("a", pax_headers={"comment": "x" * (1 << 22)})
    with pytest.raises(ValueError, match="must come to its next member within 1,048,576 bytes"):
        unpack(gzip.compress(tar(long)))


@pytest.mark.parametrize("kind", ARCHIVES)
def test_damage_is_one_error_and_leaves_nothing(unpack, tmp_path, kind):
    choose, good = random.Random(0), ARCHIVES[kind]
    for _ in range(60):
        bad = bytearray(good[: choose.randrange(len(good))] if choose.random() < 0.4 else good)
        for _ in range(3 if len(bad) == len(good) else 0):
            bad[choose.randrange(len(bad))] ^= 1 << choose.randrange(8)
        try:
            folder = unpack(bytes(bad), max_bytes=1 << 20)
        except ValueError as error:
            assert str(error).startswith(f"[extract_archive] `{tmp_path / 'archive'}`")
            assert not (tmp_path / "new" / "folder").exists()
        else:  # the content of a plain file may change unnoticed
            shutil.rmtree(folder)


def test_an_existing_folder_is_left_alone(unpack, tmp_path):
    folder = unpack(GOOD_TAR)
    with pytest.raises(FileExistsError, match=r"`to_path` .* must not exist"):
        unpack(GOOD_TAR)
    assert (folder / "a" / "x.txt").read_bytes() == GOOD["a/x.txt"]
    os.symlink(tmp_path / "nowhere", tmp_path / "before")
    with pytest.raises(FileExistsError):
        extract_archive(tmp_path / "archive", tmp_path / "before")


def test_a_missing_archive_is_the_operating_systems_error(unpack, tmp_path):
    with pytest.raises(FileNotFoundError):
        extract_archive(tmp_path / "nothing", tmp_path / "new" / "folder")
