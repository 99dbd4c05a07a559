"""Package managers: what they install comes from an index that is configured elsewhere, unless the command names it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gk_hooks.analyzers.commands.shapes import Call, Handler, connects, is_url, keep, parse
from gk_hooks.model.effects import Effect
from gk_hooks.model.values import UNKNOWN, Text


class Manager(NamedTuple):
    """*verbs*: operands (or options) with which it downloads or uploads; "role:install" is two operands, "*" is every
    use, "-" one without operands.

    *indexes*: options that name where from. *takes*: further options with a value. *offline*: options that keep it
    on this machine.
    """

    verbs: str
    indexes: str = ""
    takes: str = ""
    offline: str = "--offline"


_NPM = "install i in ci add update up upgrade publish audit view info search exec outdated create init dlx global"
_APT = "update install upgrade dist-upgrade full-upgrade source download build-dep changelog"
_YUM = "install update upgrade makecache groupinstall localinstall reinstall download check-update builddep distro-sync"
_UV = "pip:install pip:sync pip:compile sync add lock tool:install tool:run python:install publish"
_GALAXY = "install role:install collection:install collection:download collection:publish"
_CONDA = "install create update search upgrade"

MANAGERS: dict[str, Manager] = {
    "pip": Manager(
        "install download wheel search index",
        "-i --index-url --extra-index-url -f --find-links --proxy",
        "-r -c -t -e -d --requirement --constraint --target --editable --dest --prefix --root --python --platform "
        "--python-version --abi --implementation --src --trusted-host --timeout --retries --cache-dir --log --cert",
        "--no-index",
    ),
    "easy_install": Manager("*", "-i --index-url -f --find-links"),
    "pipx": Manager("install run upgrade upgrade-all inject reinstall", "-i --index-url", "--python --spec"),
    "uv": Manager(_UV, "--index-url --extra-index-url --index -i", "-r"),
    "uvx": Manager("*", "--index-url --index", "--python --from --with"),
    "pipenv": Manager("install update sync lock upgrade", "-i --index --pypi-mirror", "-r --python"),
    "poetry": Manager("install add update lock publish", "--source", "-C --directory -G --group"),
    "twine": Manager("upload", "--repository-url", "-r --repository -u -p"),
    "npm": Manager(_NPM, "--registry", "--prefix -C"),
    "pnpm": Manager(_NPM, "--registry", "--prefix -C"),
    "yarn": Manager(_NPM + " -", "--registry", "--cwd"),
    "npx": Manager("*", "--registry", "-p --package -c"),
    "bun": Manager("install i add update x", "--registry"),
    "bower": Manager("install update"),
    "gem": Manager("install update fetch push search", "--source -s", "-v --version -i -n", "--local -l"),
    "bundle": Manager("install update package outdated -", "", "--path --jobs", "--local"),
    "composer": Manager("install update require create-project global self-update", "", "-d --working-dir"),
    "cargo": Manager("install update fetch publish search add", "--index --registry --git", "--path --version --root"),
    "go": Manager("get install mod:download mod:tidy", "", "-o -modfile"),
    "rustup": Manager("install update toolchain:install component:add target:add self:update"),
    "luarocks": Manager("install download search", "--server"),
    "cpan": Manager("*"),
    "cpanm": Manager("*", "--mirror", "-l -L"),
    "pecl": Manager("install download upgrade"),
    "pear": Manager("install download upgrade"),
    "apt": Manager(_APT, "", "-o -t -c -a --option --target-release", "--no-download"),
    "apt-get": Manager(_APT, "", "-o -t -c -a --option --target-release", "--no-download --print-uris"),
    "aptitude": Manager(_APT + " safe-upgrade", "", "-o -t"),
    "add-apt-repository": Manager("*"),
    "apt-add-repository": Manager("*"),
    "yum": Manager(_YUM, "--repofrompath", "-c -x --enablerepo --disablerepo --installroot", "-C --cacheonly"),
    "dnf": Manager(_YUM, "--repofrompath", "-c -x --enablerepo --disablerepo --installroot", "-C --cacheonly"),
    "microdnf": Manager(_YUM),
    "zypper": Manager("install in update up refresh ref addrepo ar dup patch", "", "-r --repo", "--no-remote"),
    "apk": Manager("add update upgrade fetch", "-X --repository", "-p --root -t --virtual", "--no-network"),
    "pacman": Manager("-S --sync", "", "-b -r"),
    "yay": Manager("-S --sync -"),
    "emerge": Manager("*"),
    "pkg": Manager("install update upgrade fetch bootstrap", "-r --repository"),
    "opkg": Manager("install update upgrade"),
    "brew": Manager("install update upgrade tap fetch reinstall bundle"),
    "port": Manager("install sync selfupdate upgrade"),
    "snap": Manager("install refresh download find", "", "--channel"),
    "flatpak": Manager("install update remote-add"),
    "nix-env": Manager("-i -u --install --upgrade"),
    "conda": Manager(_CONDA, "-c --channel", "-n -p --name --prefix --file -f"),
    "mamba": Manager(_CONDA, "-c --channel", "-n -p --name --prefix --file -f"),
    "micromamba": Manager(_CONDA, "-c --channel", "-n -p --name --prefix --file -f"),
    "docker": Manager("pull push login search", "", "-u -p -H -c --username --password --host --config --platform"),
    "podman": Manager("pull push login search", "", "-u -p --creds --authfile --platform"),
    "buildah": Manager("pull push from login", "", "--creds --authfile"),
    "skopeo": Manager("copy inspect sync login"),
    "helm": Manager("pull install upgrade repo:add repo:update push dependency:update", "--repo", "-n -f --values"),
    "ansible-galaxy": Manager(_GALAXY, "-s --server", "-p -r"),
    "terraform": Manager("init get"),
    "nuget": Manager("install restore push update", "-source"),
    "dotnet": Manager("restore nuget:push", "-s --source"),
    "debootstrap": Manager("*"),
    "nvm": Manager("install ls-remote"),
    "sdk": Manager("install update upgrade"),
    "ollama": Manager("pull push run"),
    "tlmgr": Manager("install update", "--repository"),
    "freshclam": Manager("*"),
    "rpm-ostree": Manager("install upgrade"),
}  # fmt: skip
IMAGES = frozenset({"docker", "podman", "buildah"})


def handler(call: Call) -> Iterator[Effect]:
    """The index or the URLs that the command names, else an unknown destination."""
    manager = MANAGERS[call.name]
    options = parse(call.args, f"{manager.indexes} {manager.takes}")
    operands = options.operands
    urls = [*options.values(*manager.indexes.split())]
    urls += [_url(url) for text in operands if (url := keep(text, _is_source))]
    words = [operand.only or "" for operand in operands[:2]]
    used = bool(operands) and (
        manager.verbs == "*" or not {words[0], ":".join(words)}.isdisjoint(manager.verbs.split())
    )
    used |= options.has(*(verb for verb in manager.verbs.split() if verb.startswith("-")))
    used |= not options.given and not operands and manager.verbs.endswith(" -")
    if not used or options.has("--help", "--version", "--dry-run"):
        return
    offline = options.has(*manager.offline.split())
    local = [text for text in urls if text.options[0].startswith((".", "/", "file:"))]
    remote = [text for text in urls if text not in local]
    if call.name in IMAGES:
        remote += [registry for text in operands[1:2] if (registry := keep(text, _names_registry))]
    yield from connects(call, remote or (() if offline or local else (UNKNOWN,)))


def _is_source(option: str) -> bool:
    return is_url(option) or option.startswith(("git+", "hg+", "svn+")) or " @ " in option


def _url(text: Text) -> Text:
    """``name @ git+https://…`` → the URL without what version control it is."""
    return text.map(lambda option: option.rpartition(" @ ")[2].partition("+")[2] or option.rpartition(" @ ")[2])


def _names_registry(option: str) -> bool:
    host, slash, _ = option.partition("/")
    return bool(slash) and ("." in host or ":" in host or host == "localhost")


COMMANDS: dict[str, Handler] = dict.fromkeys(MANAGERS, handler)
"""None of them is network tooling: they are how software is installed, and reviewed as such."""
