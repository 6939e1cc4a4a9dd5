"""Downloads are whole and the ones that were meant, or are not there."""

import hashlib
import http.server
import io
import ssl
import subprocess
import threading
import urllib.error

import pytest

from tapegrad.data import download
from tapegrad.data.download import _open

CONTENT = bytes(range(256)) * 5000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
URL = "https://example.org/sets/digits%20of%20pi.bin?version=2"


def served(content=CONTENT):
    return lambda url: io.BytesIO(content)


def refuse(url):
    raise AssertionError("the network was asked")


def test_a_file_gets_the_name_in_its_address(tmp_path):
    path = download(URL, tmp_path / "new", SHA256, opener=served())
    assert path == tmp_path / "new" / "digits of pi.bin"
    assert path.read_bytes() == CONTENT
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_file_that_is_there_is_not_fetched_again(tmp_path):
    path = download(URL, tmp_path, SHA256.upper(), "pi", opener=served())
    assert download(URL, tmp_path, SHA256, "pi", opener=refuse) == path


def test_a_file_with_another_content_is_replaced(tmp_path):
    (tmp_path / "pi").write_bytes(b"old")
    assert download(URL, tmp_path, SHA256, "pi", opener=served()).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("content", "limits", "complaint"),
    [
        (CONTENT[:-1], {}, rf"SHA-256 of what came \(=\w+\) must be {SHA256}"),
        (CONTENT, {"max_bytes": 1000}, r"size must be at most `max_bytes` \(=1,000\)"),
    ],
)
def test_what_is_not_the_file_leaves_what_was_there(tmp_path, content, limits, complaint):
    (tmp_path / "pi").write_bytes(b"old")
    with pytest.raises(ValueError, match=rf"\[download\] `https://example.org.*{complaint}"):
        download(URL, tmp_path, SHA256, "pi", opener=served(content), **limits)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_a_broken_connection_leaves_nothing(tmp_path):
    class Breaks(io.BytesIO):
        def read(self, n=-1):
            if self.tell():
                raise ConnectionResetError("gone")
            return super().read(5)

    with pytest.raises(ConnectionResetError):
        download(URL, tmp_path, SHA256, opener=lambda url: Breaks(CONTENT))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("url", "sha256", "filename", "complaint"),
    [
        ("http://example.org/a", SHA256, None, r"`url` \(='http://example.org/a'\) must begin with https://"),
        ("file:///etc/passwd", SHA256, None, r"`url` .* must begin with https://"),
        ("https:///a", SHA256, None, r"`url` .* must begin with https:// and a host"),
        ("https://example.org/a", SHA256[1:], None, r"`sha256` .* must be 64 hexadecimal digits"),
        ("https://example.org/a", None, None, r"`sha256` \(=None\) must be 64"),
        ("https://example.org/", SHA256, None, r"`filename` \(=''\) must be the plain name of a file"),
        ("https://example.org/..%2Fa", SHA256, "..", r"`filename` \(='..'\)"),
        ("https://example.org/a%5Cb", SHA256, None, r"`filename` .* must be the plain name"),
        ("https://example.org/a", SHA256, "../a", r"`filename` \(='../a'\)"),
        ("https://example.org/a", SHA256, ".bashrc", r"`filename` \(='.bashrc'\)"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_asked(tmp_path, url, sha256, filename, complaint):
    with pytest.raises(ValueError, match=rf"\[download\] {complaint}"):
        download(url, tmp_path, sha256, filename, opener=refuse)


def test_a_slash_in_an_address_does_not_lead_out_of_the_folder(tmp_path):
    assert download("https://example.org/..%2F..%2Fa", tmp_path, SHA256, opener=served()) == tmp_path / "a"


# ------------------------------------------------------------------------------------------- a real server


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "http://localhost/file")
            self.end_headers()
            return
        self.send_response(200 if self.path == "/file" else 404)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """An https server on this machine: its address, and what trusts its certificate."""
    folder = tmp_path_factory.mktemp("certificate")
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run(
        [*command.split(), "-keyout", "key", "-out", "certificate"], cwd=folder, check=True, capture_output=True
    )
    served = http.server.ThreadingHTTPServer(("localhost", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate", folder / "key")
    served.socket = context.wrap_socket(served.socket, server_side=True)
    thread = threading.Thread(target=served.serve_forever)
    thread.start()
    yield f"https://localhost:{served.server_port}", ssl.create_default_context(cafile=folder / "certificate")
    served.shutdown()
    thread.join()
    served.server_close()


def test_a_file_comes_over_https(tmp_path, server):
    address, trusting = server
    path = download(f"{address}/file", tmp_path, SHA256, opener=lambda url: _open(url, trusting))
    assert path.read_bytes() == CONTENT


def test_a_server_without_a_certificate_that_we_trust_is_refused(tmp_path, server):
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        download(f"{server[0]}/file", tmp_path, SHA256)


def test_a_server_that_sends_us_on_to_http_is_refused(tmp_path, server):
    address, trusting = server
    with pytest.raises(ValueError, match=r"sends on to http://localhost/file; it must begin with https://"):
        download(f"{address}/elsewhere", tmp_path, SHA256, "x", opener=lambda url: _open(url, trusting))
    assert not list(tmp_path.iterdir())


def test_what_a_server_does_not_have_is_an_error(tmp_path, server):
    address, trusting = server
    with pytest.raises(urllib.error.HTTPError, match="404"):
        download(f"{address}/nothing", tmp_path, SHA256, opener=lambda url: _open(url, trusting))
    assert not list(tmp_path.iterdir())
