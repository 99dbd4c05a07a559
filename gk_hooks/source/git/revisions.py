"""What the user calls a revision, as object ids; whatever could mean two things is refused."""

from __future__ import annotations

import os
import re

from gk_hooks.errors import GkError
from gk_hooks.model.regex import regex
from gk_hooks.source.git.plumbing import GitFailed, object_hash, printable
from gk_hooks.source.git.repository import Repository

_RANGE = regex(r"\.\.|\^[@!-]|[\0-\x1f\x7f]")


def resolve_commit(repository: Repository, revision: str) -> str:
    """The id of the commit that *revision* (a branch, tag, id, ``HEAD~2``) names."""
    return _resolve(repository, revision, "commit")


def resolve_tree(repository: Repository, revision: str) -> str:
    """The id of the tree that *revision* names, or that the commit or tag it names has."""
    return _resolve(repository, revision, "tree")


def empty_tree(repository: Repository) -> str:
    """The id of the tree without files; git knows it in every repository."""
    return object_hash("tree", b"", repository.id_length)


def head_commit(repository: Repository) -> str | None:
    """The commit that HEAD names, None before the first one."""
    found = repository.objects().find(["HEAD^{commit}"])[0]
    if found is not None:
        return found.id
    # there is none yet, or its object is missing
    return repository.run("rev-parse", "-q", "--verify", "HEAD", ok=(0, 1)).decode().strip() or None


def tag_at_head(repository: Repository) -> str | None:
    """The tag at HEAD, of several the one with the highest version, or None."""
    query = ("--points-at=HEAD", "--sort=-version:refname", "--format=%(refname:strip=2)", "refs/tags")
    found = repository.run("for-each-ref", *query, ok=(0, 128, 129))
    return os.fsdecode(found.split(b"\n", 1)[0]) or None


def merge_bases(repository: Repository, base: str, head: str) -> tuple[str, ...]:
    """All best common ancestors of two commits, sorted; a criss-cross history has several, none is an error."""
    found = repository.run("merge-base", "--all", base, head, ok=(0, 1)).decode().split()
    if found:
        return tuple(sorted(found))
    if repository.run("rev-parse", "--is-shallow-repository") == b"true\n":
        raise GkError(
            f"{base[:12]} and {head[:12]} share no commit in this shallow clone: "
            "run git fetch --unshallow, or git fetch --deepen=1000 (in CI: fetch the full history)"
        )
    raise GkError(f"{base[:12]} and {head[:12]} have no common ancestor: name a base that this history grew from")


def commit_parents(repository: Repository) -> tuple[str, ...]:
    """The parents that the next commit will have: HEAD and, in a merge, all that is merged; () for the first commit."""
    head = head_commit(repository)
    if head is None:
        return ()
    merged = [resolve_commit(repository, name) for name in _merge_heads(repository)]
    return tuple(dict.fromkeys((head, *merged)))


def _merge_heads(repository: Repository) -> list[str]:
    """MERGE_HEAD is written after the pre-merge-commit hook, which finds the heads in its environment."""
    names = [name.removeprefix("GITHEAD_").lower() for name in sorted(os.environ) if name.startswith("GITHEAD_")]
    try:
        with open(os.path.join(repository.git_dir, "MERGE_HEAD"), encoding="ascii") as file:
            names += file.read().split()
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        raise GkError("MERGE_HEAD cannot be read: finish or abort the merge") from error
    return [name for name in names if len(name) == repository.id_length]


def _resolve(repository: Repository, revision: str, kind: str) -> str:
    shown = repr(printable(revision))
    if not revision.strip():
        raise GkError("the revision is empty: name a branch, tag or commit")
    if revision.startswith(("-", "^")) or _RANGE.search(revision):
        raise GkError(f"{shown} is no single revision: name one branch, tag or commit")
    if not _is_id(repository, revision):
        _refuse_ambiguous(repository, revision)
    try:
        found = repository.objects().find([f"{revision}^{{{kind}}}"])[0]
    except GitFailed as error:
        raise GkError(f"{shown} does not name a {kind}: {error}") from error
    if found is None and re.match(r"(?:HEAD|@)(?:[~^]|\Z)", revision) and head_commit(repository) is None:
        raise GkError(f"there is no commit yet in {printable(repository.root)}: commit first, or scan the folder")
    if found is None or found.kind != kind:
        raise GkError(f"{shown} names no {kind} in {printable(repository.root)}: check its spelling, or fetch it first")
    return found.id


def _is_id(repository: Repository, revision: str) -> bool:
    return len(revision) == repository.id_length and not revision.strip("0123456789abcdef")


def _refuse_ambiguous(repository: Repository, revision: str) -> None:
    name = re.split(r"[~^:]|@\{", revision, maxsplit=1)[0]
    if not name or set(name) & set("*?[\\ "):
        return
    places = [f"refs/{name}", f"refs/tags/{name}", f"refs/heads/{name}", f"refs/remotes/{name}"]
    listed = os.fsdecode(repository.run("for-each-ref", "--format=%(refname)", *places)).splitlines()
    found = [place for place in places if place in listed]
    if len(found) > 1:
        raise GkError(f"{printable(name)!r} is ambiguous: say {' or '.join(found)}")
