"""Fixtures for every test."""

import os
import signal
import tempfile

import hypothesis
import pytest
from git_repo import carrier, git_environment, new_repo, repo

from gk_hooks.pipeline import analysis

__all__ = ["carrier", "git_environment", "new_repo", "repo"]

# nothing that a test stores may outlive it, nor anything that a user has stored help a test
_cache = tempfile.TemporaryDirectory(prefix="gk-tests-")
os.environ["XDG_CACHE_HOME"] = os.environ["LOCALAPPDATA"] = os.path.realpath(_cache.name)

# who runs the tests in the background ignores Ctrl-C, and every process that a test starts would inherit that
signal.signal(signal.SIGINT, signal.default_int_handler)

# the same examples in every run, and no limit of time that a busy machine could break
hypothesis.settings.register_profile("gk", deadline=None, derandomize=True)
hypothesis.settings.load_profile("gk")


@pytest.fixture
def empty_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of the test's own, for trees of any size."""
    base = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(base))
    monkeypatch.setenv("LOCALAPPDATA", str(base))
    monkeypatch.setattr(analysis, "WORTH_IT", 0)
