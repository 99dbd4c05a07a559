"""The one error root. Whatever a user can cause is a GkError with one clear line."""


class GkError(Exception):
    """The scan could not be completed: one line that says what, where and what to do. Exit code 3."""


class UsageError(GkError):
    """The command line, configuration or allowlist says something that cannot be meant."""
