"""Which proxy the environment wants for an address, and what is wrong with it.

The variables are those of curl and most other programs: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in either
case. Where none is set, Windows and macOS are asked for the system's own.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.request import getproxies

import httpx

from videogen_mcp.api.errors import BadSetting
from videogen_mcp.installation import this_installation

SCHEMES = ("http", "https", "socks5", "socks5h")
"""The proxies that httpx speaks to; the last two only with the library socksio."""

SOCKS_LIBRARY = "socksio"


@dataclass(frozen=True)
class Proxies:
    """The proxies of an environment: address by scheme ("https", "all", …), and which hosts are reached directly."""

    by_scheme: Mapping[str, str]
    direct: str = ""

    @classmethod
    def of_environment(cls) -> Proxies:
        """Return what the variables say now; what they mean is looked at when a proxy is needed."""
        found = {scheme: address for scheme, address in getproxies().items() if address}
        return cls(found, found.pop("no", ""))

    def proxy(self, url: httpx.URL) -> httpx.Proxy | None:
        """Return the proxy for an address; None to reach it directly. Raises BadSetting for an unusable one."""
        scheme, address = self._for(url)
        return None if address is None else _usable(_variable(scheme), address)

    def named(self, url: httpx.URL) -> str | None:
        """Return how messages name the proxy for an address: its variable and its host, without user and password
        ("HTTPS_PROXY (proxy:3128)"); None where there is none. Raises BadSetting for an unusable one."""
        proxy = self.proxy(url)
        return None if proxy is None else f"{_variable(self._for(url)[0])} ({proxy.url.netloc.decode()})"

    def _for(self, url: httpx.URL) -> tuple[str, str | None]:
        """Return the scheme whose proxy counts for an address, and that; None to reach it directly."""
        scheme = url.scheme if url.scheme in self.by_scheme else "all"
        return scheme, None if self.reaches_directly(url) else self.by_scheme.get(scheme)

    def reaches_directly(self, url: httpx.URL) -> bool:
        """Return whether NO_PROXY names the host: as name, domain, wildcard, address (IPv6 with or without brackets),
        network (10.0.0.0/8, 10.0.0.0/255.0.0.0), each with or without a port, or as * for all."""
        return any(_names(entry, url) for entry in self.direct.replace(",", " ").lower().split())


def _names(entry: str, url: httpx.URL) -> bool:
    host = url.host.rstrip(".").lower()
    entry = entry.rpartition("://")[2]
    network = _network(entry)
    if network is None:
        entry, port = _without_port(entry)
        if port is not None and port != (url.port or {"https": 443}.get(url.scheme, 80)):
            return False
        network = _network(entry)
    if network is not None:
        try:
            return ipaddress.ip_address(host) in network
        except ValueError:
            return False
    name = entry.strip("[]").removeprefix("*.").strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}") or fnmatchcase(host, name))


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Return the network that an entry means, a single address too."""
    address, slash, mask = entry.partition("/")
    try:
        return ipaddress.ip_network(
            f"{address.removeprefix('[').removesuffix(']')}{slash}{mask.strip(']')}", strict=False
        )
    except ValueError:
        return None


def _without_port(entry: str) -> tuple[str, int | None]:
    host, colon, port = entry.rpartition(":")
    return (host, int(port)) if colon and port.isdecimal() else (entry, None)


def _usable(variable: str, address: str) -> httpx.Proxy:
    """Return the proxy. No message shows its address, which may hold a password."""
    try:
        url = httpx.URL(address if "://" in address else f"http://{address}")
        if not 0 < (url.port or 1) < 65_536:
            raise httpx.InvalidURL("port")
    except httpx.InvalidURL:
        raise BadSetting(
            f"{variable} is no address of a proxy. Write it like http://host:3128; in a user name or password, @ is"
            " %40, : is %3A and / is %2F"
        ) from None
    if url.scheme not in SCHEMES or not url.host:
        raise BadSetting(
            f"{variable} names a proxy of a kind that cannot be used ({url.scheme or 'none'}). Write http://host:port,"
            " https://host:port or socks5://host:port"
        )
    if url.scheme.startswith("socks") and importlib.util.find_spec(SOCKS_LIBRARY) is None:
        raise BadSetting(
            f"{variable} names a SOCKS proxy, and the library for it is not installed beside this server. Name an http"
            " proxy, add the API's host to NO_PROXY, or install the library with:"
            f" `{this_installation().adding_library(SOCKS_LIBRARY)}`"
        )
    return httpx.Proxy(url)


def _variable(scheme: str) -> str:
    """Return the name of the variable that a proxy for a scheme stands in."""
    names = (f"{scheme}_proxy", f"{scheme}_proxy".upper())
    return next((name for name in names if os.environ.get(name)), "The system's proxy setting")
