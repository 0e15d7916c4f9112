"""Where a stream is served, as users write it."""

from __future__ import annotations

from urllib.parse import urlsplit

from evface.errors import CameraError


def parse_address(address: str, scheme: str, usual_port: int) -> tuple[str, int]:
    """Take an address such as ``"tcp://192.168.1.20:7836"`` apart.

    Parameters
    ----------
    scheme
        What it must begin with, without ``://``.
    usual_port
        Where none is stated.

    Raises
    ------
    CameraError
        If it is no address.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or usual_port
        (host or "").encode("idna")  # Names that are no names would fail later.
    except ValueError:
        host = None
    if not host or parts.scheme != scheme or parts.path or parts.query or parts.fragment:
        raise CameraError(
            address,
            f"is no address of a stream; write {scheme}://HOST:{usual_port}, for example",
        )
    return host, port


def host_and_port(host: str, port: int) -> str:
    """Return them as addresses have them; an IPv6 address gets brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
