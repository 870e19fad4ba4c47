"""HTTP for registries: proxies, certificates, credentials, and redirects that carry no credentials elsewhere."""

from __future__ import annotations

import base64
import fnmatch
import os
import re
import socket
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http.client import HTTPResponse
from pathlib import Path

TIMEOUT_S = 30
USER_AGENT = "medallion-workbench-provision"
# Where tools are told of a company's certificate authority. All are added to the system's own.
CERTIFICATE_VARIABLES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


@dataclass(frozen=True)
class Source:
    """One place to get a file from. `url` holds no credentials; `hint` says which settings led here."""

    url: str
    hint: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    # None: as the environment says (HTTPS_PROXY, NO_PROXY). An empty string: directly.
    proxy: str | None = field(default=None, repr=False)
    certificates: tuple[str, ...] = ()
    client_certificate: str | None = None
    verify_tls: bool = True

    @property
    def host(self) -> str:
        return urllib.parse.urlsplit(self.url).hostname or self.url

    def at(self, url: str) -> Source:
        """The same settings for another address; the credentials only if it is on the same host."""
        clean, headers = split_credentials(url)
        kept = self.headers if same_origin(self.url, clean) else {}
        return replace(self, url=clean, headers={**kept, **headers})


def split_credentials(url: str) -> tuple[str, dict[str, str]]:
    """`https://user:pass@host/x` -> (`https://host/x`, the Authorization header)."""
    parts = urllib.parse.urlsplit(url)
    if "@" not in parts.netloc:
        return url, {}
    userinfo, host = parts.netloc.rsplit("@", 1)
    user, _, password = userinfo.partition(":")
    token = basic(urllib.parse.unquote(user), urllib.parse.unquote(password))
    return urllib.parse.urlunsplit(parts._replace(netloc=host)), {"Authorization": token}


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def same_origin(a: str, b: str) -> bool:
    def origin(url: str) -> tuple[str, str | None, int | None]:
        parts = urllib.parse.urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
        return parts.scheme, parts.hostname, port

    return origin(a) == origin(b)


def host_matches(host: str, patterns: str, separators: str = r"[,\s]+") -> bool:
    """Whether a no-proxy list names the host: `*`, `.example.org`, `example.org` and its subdomains, `*.example.org`."""
    host = host.lower()
    for raw in re.split(separators, patterns.lower()):
        pattern = raw.strip().split(":")[0]
        if not pattern:
            continue
        bare = pattern.lstrip(".")
        if "*" in pattern:
            if fnmatch.fnmatchcase(host, pattern):
                return True
        elif host == bare or host.endswith("." + bare):
            return True
    return False


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, gives credentials only to the host that they are for, and never leaves TLS."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise urllib.error.URLError("it redirects from https to an address without encryption")
        follow = super().redirect_request(req, fp, code, msg, headers, newurl)
        if follow is not None and same_origin(self._source.url, newurl):
            for name, value in self._source.headers.items():
                follow.add_unredirected_header(name, value)
        return follow


def tls_context(source: Source, environ: Mapping[str, str] = os.environ) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not source.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    files = [environ[name] for name in CERTIFICATE_VARIABLES if environ.get(name)]
    for file in [*files, *source.certificates]:
        try:
            if Path(file).is_dir():
                context.load_verify_locations(capath=file)
            else:
                context.load_verify_locations(cafile=file)
        except (OSError, ssl.SSLError):
            continue  # the tools ignore a file that is not there, or fail later with a better sentence
    if context.cert_store_stats()["x509_ca"] == 0 and not _system_certificates():
        # python.org's Python on macOS has none until its "Install Certificates.command" is run; pip brings some.
        for bundle in _pip_bundles():
            context.load_verify_locations(cafile=str(bundle))
            break
    if source.client_certificate:
        context.load_cert_chain(source.client_certificate)
    return context


def _system_certificates() -> bool:
    paths = ssl.get_default_verify_paths()
    return bool(paths.cafile) or bool(paths.capath and any(Path(paths.capath).iterdir()))


def _pip_bundles() -> list[Path]:
    import sysconfig

    roots = {sysconfig.get_paths()["purelib"], *(os.environ.get("MEDALLION_CERTIFI", "").split(os.pathsep))}
    found = [Path(root) / "pip/_vendor/certifi/cacert.pem" for root in roots if root]
    return [file for file in found if file.is_file()]


def open_url(source: Source, headers: Mapping[str, str] | None = None, timeout_s: float = TIMEOUT_S) -> HTTPResponse:
    """GET. Throws urllib's errors: `HTTPError` for a status of 400 or more, `URLError` or `OSError` for the network."""
    if not source.url.startswith(("http://", "https://")):
        raise urllib.error.URLError("it is no http or https address")
    handlers: list[urllib.request.BaseHandler] = [
        urllib.request.HTTPSHandler(context=tls_context(source)),
        _Redirects(source),
    ]
    if source.proxy is not None:
        proxies = {"http": source.proxy, "https": source.proxy} if source.proxy else {}
        handlers.append(urllib.request.ProxyHandler(proxies))
    request = urllib.request.Request(source.url, headers={"User-Agent": USER_AGENT, **(headers or {})})
    for name, value in source.headers.items():
        request.add_unredirected_header(name, value)
    return urllib.request.build_opener(*handlers).open(request, timeout=timeout_s)


def describe_fault(error: BaseException) -> str:
    """Why a connection failed, in words, without any address in it."""
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return (
            "its certificate is not trusted; behind a company's proxy, set SSL_CERT_FILE or NODE_EXTRA_CA_CERTS "
            "to the company's certificate file"
        )
    if isinstance(reason, ssl.SSLError):
        return f"the encrypted connection failed ({reason.reason or 'TLS error'})"
    if isinstance(reason, socket.gaierror):
        return "the host name does not resolve; check the network, or HTTPS_PROXY"
    if isinstance(reason, ConnectionRefusedError):
        return "nothing listens there, or the proxy does not"
    if isinstance(reason, TimeoutError):
        return "it stopped answering"
    if isinstance(reason, str):
        return reason
    return f"the connection broke ({type(reason).__name__})"
