"""Fixtures for every test."""

from git_repo import carrier, git_environment, new_repo, repo

__all__ = ["carrier", "git_environment", "new_repo", "repo"]
