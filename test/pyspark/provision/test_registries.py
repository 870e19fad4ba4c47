from __future__ import annotations

import base64
import json
from pathlib import Path

import maven
import npm
import pypi
import pytest
from conftest import Registry
from report import ProvisionError
from transport import host_matches, split_credentials

JAR = ("org.example", "lib", "1.0")
PATH = "org/example/lib/1.0/lib-1.0.jar"


def settings(tmp_path: Path, xml: str, environ: dict[str, str] | None = None) -> maven.MavenSettings:
    (tmp_path / ".m2").mkdir(exist_ok=True)
    namespace = 'xmlns="http://maven.apache.org/SETTINGS/1.0.0"'
    (tmp_path / ".m2" / "settings.xml").write_text(f"<settings {namespace}>{xml}</settings>")
    return maven.read_settings(environ or {}, tmp_path)


def mirror(of: str, url: str = "https://corp.example/maven/", name: str = "corp") -> str:
    return f"<mirrors><mirror><id>{name}</id><mirrorOf>{of}</mirrorOf><url>{url}</url></mirror></mirrors>"


def test_maven_without_settings_is_central(tmp_path: Path) -> None:
    (source,) = maven.sources(maven.read_settings({}, tmp_path), *JAR)
    assert source.url == f"https://repo.maven.apache.org/maven2/{PATH}"
    assert source.headers == {}
    assert source.proxy is None


@pytest.mark.parametrize("of", ["central", "*", "external:*", "other,central", "*,!other"])
def test_maven_mirrors_of_central(tmp_path: Path, of: str) -> None:
    (source,) = maven.sources(settings(tmp_path, mirror(of)), *JAR)
    assert source.url == f"https://corp.example/maven/{PATH}"


@pytest.mark.parametrize("of", ["other", "*,!central", "external:http:*"])
def test_maven_mirrors_of_others(tmp_path: Path, of: str) -> None:
    (source,) = maven.sources(settings(tmp_path, mirror(of)), *JAR)
    assert source.host == "repo.maven.apache.org"


def test_maven_credentials_and_variables(tmp_path: Path) -> None:
    server = "<servers><server><id>corp</id><username>me</username><password>${env.TOKEN}</password></server></servers>"
    (source,) = maven.sources(settings(tmp_path, mirror("*") + server, {"TOKEN": "s3cret"}), *JAR)
    assert source.headers["Authorization"] == "Basic " + base64.b64encode(b"me:s3cret").decode()
    assert "s3cret" not in repr(source)


def test_maven_headers_of_a_server(tmp_path: Path) -> None:
    prop = "<property><name>Private-Token</name><value>abc</value></property>"
    server = f"<servers><server><id>corp</id><configuration><httpHeaders>{prop}</httpHeaders></configuration></server></servers>"
    (source,) = maven.sources(settings(tmp_path, mirror("*") + server), *JAR)
    assert source.headers == {"Private-Token": "abc"}


def test_maven_encrypted_password_is_named(tmp_path: Path) -> None:
    server = (
        "<servers><server><id>corp</id><username>me</username><password>{COQLCE6DU6=}</password></server></servers>"
    )
    with pytest.raises(ProvisionError, match=r"password of server corp.*encrypted"):
        maven.sources(settings(tmp_path, mirror("*") + server), *JAR)


def test_maven_repositories_of_active_profiles(tmp_path: Path) -> None:
    repository = (
        "<repositories><repository><id>central</id><url>https://art.example/libs</url></repository></repositories>"
    )
    xml = f"<profiles><profile><id>p</id>{repository}</profile></profiles>"
    assert maven.sources(settings(tmp_path, xml), *JAR)[0].host == "repo.maven.apache.org"
    active = xml + "<activeProfiles><activeProfile>p</activeProfile></activeProfiles>"
    assert maven.sources(settings(tmp_path, active), *JAR)[0].url == f"https://art.example/libs/{PATH}"


def test_maven_proxies(tmp_path: Path) -> None:
    xml = (
        "<proxies><proxy><active>false</active><host>old</host></proxy>"
        "<proxy><protocol>http</protocol><host>proxy.example</host><port>3128</port><username>me</username>"
        "<password>p@ss</password><nonProxyHosts>localhost|*.internal</nonProxyHosts></proxy></proxies>"
    )
    (source,) = maven.sources(settings(tmp_path, xml), *JAR)
    assert source.proxy == "http://me:p%40ss@proxy.example:3128"
    (inside,) = maven.sources(settings(tmp_path, xml + mirror("*", "https://maven.internal/m")), *JAR)
    assert inside.proxy == ""


def test_maven_blocked_mirror_and_broken_settings(tmp_path: Path) -> None:
    blocked = mirror("*").replace("</mirror>", "<blocked>true</blocked></mirror>", 1)
    with pytest.raises(ProvisionError, match="blocks central"):
        maven.sources(settings(tmp_path, blocked), *JAR)
    with pytest.raises(ProvisionError, match="cannot be read"):
        settings(tmp_path, "<mirrors>")


def test_maven_args_name_a_settings_file(tmp_path: Path) -> None:
    file = tmp_path / "company.xml"
    file.write_text(f"<settings>{mirror('*')}</settings>")
    found = maven.read_settings({"MAVEN_ARGS": f"-B -s {file}"}, tmp_path)
    assert maven.sources(found, *JAR)[0].host == "corp.example"


def config(tmp_path: Path, npmrc: str, environ: dict[str, str] | None = None, project: str = "") -> dict[str, str]:
    (tmp_path / ".npmrc").write_text(npmrc)
    (tmp_path / "project").mkdir(exist_ok=True)
    (tmp_path / "project" / ".npmrc").write_text(project)
    environ = {"PATH": "", **(environ or {})}
    return npm.read_config(environ, tmp_path, tmp_path / "project")


PACKAGE = "@scope/thing"


def test_npm_without_configuration_is_the_public_registry(tmp_path: Path) -> None:
    (source,) = npm.sources(config(tmp_path, ""), PACKAGE, "1.0")
    assert source.url == f"{npm.DEFAULT_REGISTRY}@scope/thing/-/thing-1.0.tgz"
    assert source.headers == {}


def test_npm_scope_token_and_variable(tmp_path: Path) -> None:
    text = (
        "; a comment\nregistry=https://all.example/\n@scope:registry = https://corp.example/npm/\n"
        "//corp.example/npm/:_authToken=${NPM_TOKEN}\n//all.example/:_authToken=other\n"
    )
    (source,) = npm.sources(config(tmp_path, text, {"NPM_TOKEN": "s3cret"}), PACKAGE, "1.0")
    assert source.url == "https://corp.example/npm/@scope/thing/-/thing-1.0.tgz"
    assert source.headers == {"Authorization": "Bearer s3cret"}
    assert "s3cret" not in repr(source)


def test_npm_order_is_variable_project_user(tmp_path: Path) -> None:
    def host(**more: str) -> str:
        environ = {"npm_config_registry": more["variable"]} if "variable" in more else {}
        found = config(tmp_path, "registry=https://user.example", environ, more.get("project", ""))
        return npm.sources(found, PACKAGE, "1.0")[0].host

    assert host() == "user.example"
    assert host(project="registry=https://project.example") == "project.example"
    assert host(project="registry=https://project.example", variable="https://env.example") == "env.example"


def test_npm_credentials_are_for_their_path_only(tmp_path: Path) -> None:
    found = config(
        tmp_path, "//corp.example/a/:_auth=YTpi\n//old.example/:username=me\n//old.example/:_password=cGFzcw=="
    )
    assert npm.credentials(found, "https://corp.example/a/b/c.tgz") == {"Authorization": "Basic YTpi"}
    assert npm.credentials(found, "https://corp.example/b/c.tgz") == {}
    assert npm.credentials(found, "https://old.example/x.tgz") == {"Authorization": "Basic bWU6cGFzcw=="}
    assert npm.credentials(found, "https://corp.example.evil/a/c.tgz") == {}


def test_npm_proxy_and_certificates(tmp_path: Path) -> None:
    found = config(tmp_path, "https-proxy=http://p:1\nnoproxy=.internal\ncafile=/x.pem\nstrict-ssl=false")
    source = npm.source(found, "https://registry.example/x", "")
    assert (source.proxy, source.certificates, source.verify_tls) == ("http://p:1", ("/x.pem",), False)
    assert npm.source(found, "https://npm.internal/x", "").proxy == ""


def test_npm_asks_registries_with_a_layout_of_their_own(tmp_path: Path, registry: Registry) -> None:
    tarball = f"{registry.url}/download/thing.tgz"
    document = {"versions": {"1.0": {"dist": {"tarball": tarball}}}}
    registry.files["/@scope%2Fthing"] = json.dumps(document).encode()
    found = npm.described_source(config(tmp_path, f"registry={registry.url}"), PACKAGE, "1.0")
    assert found is not None
    assert found.url == tarball


def test_pip_configuration_in_pips_own_words() -> None:
    text = (
        "global.index-url='https://me:s3cret@corp.example/simple'\nglobal.timeout='60'\n"
        "install.trusted-host='corp.example'\n:env:.cert='/x.pem'\nfreeze.user='true'\n"
    )
    found = pypi.parse_config(text)
    assert found["index-url"] == "https://me:s3cret@corp.example/simple"
    source = pypi.source(found, found["index-url"] + "/pyspark/", "", {"NETRC": "/nowhere"})
    assert source.url == "https://corp.example/simple/pyspark/"
    assert source.headers["Authorization"].startswith("Basic ")
    assert source.certificates == ("/x.pem",)
    assert not source.verify_tls
    assert "s3cret" not in repr(source)


def test_pip_index_in_html_with_relative_links_and_credentials(registry: Registry) -> None:
    page = '<a href="../../files/pyspark-4.2.0.tar.gz#sha256=00">pyspark-4.2.0.tar.gz</a>'
    registry.files["/simple/pyspark/"] = page.encode()
    index = registry.url.replace("//", "//me:secret@") + "/simple"
    (source,) = pypi.sources({"index-url": index}, "pyspark", "pyspark-4.2.0.tar.gz")
    assert source.url == f"{registry.url}/files/pyspark-4.2.0.tar.gz"
    assert source.headers == registry_headers(registry)
    assert "json" in registry.requests[0][1]["Accept"]


def registry_headers(registry: Registry) -> dict[str, str]:
    return {"Authorization": registry.requests[0][1]["Authorization"]}


def test_pip_index_in_json() -> None:
    page = json.dumps({"files": [{"filename": "a-1.tar.gz", "url": "../a-1.tar.gz"}]})
    assert pypi.find_link(page, "application/vnd.pypi.simple.v1+json", "a-1.tar.gz") == "../a-1.tar.gz"
    assert pypi.find_link(page, "application/vnd.pypi.simple.v1+json", "b-1.tar.gz") is None


def test_pip_looks_at_every_index(registry: Registry) -> None:
    registry.files["/second/pyspark/"] = b'<a href="pyspark-4.2.0.tar.gz">x</a>'
    found = pypi.sources(
        {"index-url": f"{registry.url}/first", "extra-index-url": f"{registry.url}/second"},
        "pyspark",
        "pyspark-4.2.0.tar.gz",
    )
    assert [source.url for source in found] == [f"{registry.url}/second/pyspark/pyspark-4.2.0.tar.gz"]


def test_pip_find_links(tmp_path: Path) -> None:
    (tmp_path / "pyspark-4.2.0.tar.gz").write_bytes(b"x")
    assert pypi.local_copy({"find-links": f"https://x.example file://{tmp_path}"}, "pyspark-4.2.0.tar.gz")
    assert pypi.local_copy({}, "pyspark-4.2.0.tar.gz") is None


def test_credentials_in_addresses() -> None:
    url, headers = split_credentials("https://me:p%40ss@host.example:8443/x?y")
    assert url == "https://host.example:8443/x?y"
    assert base64.b64decode(headers["Authorization"].split()[1]) == b"me:p@ss"
    assert split_credentials("https://host.example/a@b") == ("https://host.example/a@b", {})


@pytest.mark.parametrize(
    ("host", "patterns", "expected"),
    [
        ("a.example", "ample", False),
        ("a.example.org", ".example.org", True),
        ("example.org", ".example.org", True),
        ("badexample.org", "example.org", False),
        ("a.b", "*", True),
        ("a.b", "", False),
        ("host", "other, HOST:80", True),
    ],
)
def test_no_proxy_lists(host: str, patterns: str, expected: bool) -> None:
    assert host_matches(host, patterns) is expected
