"""Proxies and certificates as the environment names them, and what is said of those that cannot be used."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from videogen_mcp.api.errors import BadSetting
from videogen_mcp.api.pools import Pools
from videogen_mcp.api.proxies import Proxies
from videogen_mcp.api.tls import tls_context

API = httpx.URL("https://api.videogen.io/v1/me")


@pytest.fixture(autouse=True)
def nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("direct", "address", "expected"),
    [
        ("", "https://api.videogen.io", False),
        ("*", "https://api.videogen.io", True),
        ("videogen.io", "https://api.videogen.io", True),
        (".videogen.io", "https://api.videogen.io", True),
        ("*.videogen.io", "https://api.videogen.io", True),
        ("API.VIDEOGEN.IO.", "https://api.videogen.io", True),
        ("gen.io", "https://api.videogen.io", False),
        ("api.videogen.io:443", "https://api.videogen.io", True),
        ("api.videogen.io:8443", "https://api.videogen.io", False),
        ("api.videogen.io:8443", "https://api.videogen.io:8443", True),
        ("localhost api.videogen.io", "https://api.videogen.io", True),
        ("https://api.videogen.io", "https://api.videogen.io", True),
        ("10.0.0.0/8", "https://10.1.2.3", True),
        ("10.0.0.0/255.0.0.0", "https://10.1.2.3", True),
        ("10.0.0.5/8", "https://10.1.2.3", True),
        ("10.0.0.0/8", "https://11.1.2.3", False),
        ("10.0.0.0/99", "https://10.1.2.3", False),
        ("192.168.*", "https://192.168.7.7", True),
        ("[fd00::1]", "https://[fd00::1]", True),
        ("fd00::1", "https://[fd00::1]", True),
        ("[fd00::1]:443", "https://[fd00::1]", True),
        ("[fd00::1]:444", "https://[fd00::1]", False),
        ("fd00::/8", "https://[fd00::1]", True),
        ("[fd00::]/8", "https://[fd00::1]", True),
        ("fe80::/10,[::1],::1", "https://api.videogen.io", False),
    ],
)
def test_no_proxy_is_understood_as_people_write_it(direct: str, address: str, expected: bool) -> None:
    assert Proxies({}, direct).reaches_directly(httpx.URL(address)) is expected


@pytest.mark.parametrize("direct", ["[", "]", "[]", "/", "//", ":", "::::", "a/b/c", ",,;", "http://", "[::1", "%"])
def test_no_proxy_that_means_nothing_does_no_harm(direct: str) -> None:
    assert Proxies({}, direct).reaches_directly(API) is False


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("HTTPS_PROXY", "http://u:p@ss@proxy:abc", "%40"),
        ("https_proxy", "http://proxy:99999999", "http://host:3128"),
        ("ALL_PROXY", "socks://127.0.0.1:9", "socks5://host:port"),
        ("ALL_PROXY", "socks5://127.0.0.1:9", "socksio"),
        ("HTTPS_PROXY", "ftp://proxy:1", "cannot be used"),
        ("HTTPS_PROXY", "http://", "cannot be used"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_by_its_variable(
    variable: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadSetting) as refusal:
        Pools().client(API)
    assert variable in str(refusal.value)
    assert says in str(refusal.value)
    assert "p@ss" not in str(refusal.value)


@pytest.mark.anyio
@pytest.mark.parametrize("value", ["http://proxy:3128", "proxy:3128", "http://u:p%40ss@proxy:3128/"])
async def test_a_proxy_is_used_for_the_api_and_never_for_this_machine(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    monkeypatch.setenv("NO_PROXY", "storage.example,[::1]")
    pools = Pools()
    through = pools.client(API)
    assert pools.client(httpx.URL("https://127.0.0.1:1")) is not through
    assert pools.client(httpx.URL("https://storage.example")) is not through
    assert pools.client(httpx.URL("https://other.example")) is through
    await pools.aclose()


def test_a_proxy_is_named_by_its_variable_and_host_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://u:p%40ss@proxy:3128")
    pools = Pools()
    assert pools.proxy_name(API) == "ALL_PROXY (proxy:3128)"
    assert pools.first_hop(API).host == "proxy"
    monkeypatch.setenv("NO_PROXY", "videogen.io")
    assert Pools().proxy_name(API) is None
    assert Pools().first_hop(API) == API


@pytest.mark.parametrize(
    ("variable", "make", "says"),
    [
        ("SSL_CERT_FILE", None, "No such file"),
        ("SSL_CERT_FILE", b"", "no certificate"),
        ("SSL_CERT_FILE", b"not PEM", "no certificate"),
        ("SSL_CERT_DIR", None, "does not exist"),
        ("SSL_CERT_DIR", b"a file", "does not exist"),
        ("SSLKEYLOGFILE", None, "Remove the variable"),
    ],
)
def test_certificates_that_cannot_be_used_are_named_by_their_variable(
    variable: str, make: bytes | None, says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "missing" / "file" if make is None else tmp_path / "file"
    if make is not None:
        path.write_bytes(make)
    monkeypatch.setenv(variable, str(path))
    with pytest.raises(BadSetting) as refusal:
        tls_context()
    assert variable in str(refusal.value)
    assert says in str(refusal.value)


def test_without_a_word_in_the_environment_the_usual_certificates_are_trusted() -> None:
    assert tls_context().get_ca_certs()
