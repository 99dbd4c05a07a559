import hashlib
import os

import pytest

from gk_hooks.errors import GkError, UsageError
from gk_hooks.model.snapshot import DEFAULT_MAX_FILE_SIZE
from gk_hooks.policy.config import Config, load, with_options
from gk_hooks.policy.profile import Profile

EVERY_SETTING = """
profile = "strict"
include = ["src/**"]
exclude = ["tests/"]
max-file-size = 1000
allowlist = "policy/allow.json"
output-dir = "audit"
"""


def test_no_file_means_the_defaults(tmp_path):
    assert (
        load(str(tmp_path)) == Config() == Config(Profile.PRACTICAL, (), (), DEFAULT_MAX_FILE_SIZE, None, "mcen_audit")
    )


@pytest.mark.parametrize(
    ("name", "head"),
    (
        pytest.param("gk.toml", "", id="gk.toml"),
        pytest.param("gk.toml", "[tool.gk]", id="gk.toml with a table"),
        pytest.param("pyproject.toml", "[project]\nname='x'\n[tool.gk]", id="pyproject.toml"),
    ),
)
def test_every_setting(tmp_path, name, head):
    text = head + EVERY_SETTING
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    assert load(str(tmp_path)) == Config(
        Profile.STRICT,
        ("src/**",),
        ("tests/",),
        1000,
        str(tmp_path / "policy/allow.json"),
        str(tmp_path / "audit"),
        str(tmp_path / name),
        hashlib.sha256(text.encode()).hexdigest(),
        (
            f"{name} leaves out tests/",
            f"{name} narrows the scan to src/**",
            f"{name} sets the size limit to 1000",
            f"{name} chooses the profile strict",
            f"{name} names the allowlist policy/allow.json",
        ),
    )


def test_gk_toml_wins_and_says_so(tmp_path):
    (tmp_path / "gk.toml").write_text('profile = "strict"')
    (tmp_path / "pyproject.toml").write_text('[tool.gk]\nexclude = ["a"]')
    config = load(str(tmp_path))
    assert (config.profile, config.exclude) == (Profile.STRICT, ())
    assert config.notes[-1] == "gk.toml was used; [tool.gk] in pyproject.toml was not"


@pytest.mark.parametrize(
    "text",
    (
        pytest.param("[project]\nname = 'x'", id="without the word"),
        pytest.param("[tool.other]\nname = 'gk'", id="of other tools"),
        pytest.param("this is ] no TOML", id="broken, and none of our business"),
    ),
)
def test_a_pyproject_without_settings(tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(text)
    assert load(str(tmp_path)) == Config()


def test_parents_are_not_asked(tmp_path):
    (tmp_path / "gk.toml").write_text('profile = "strict"')
    (tmp_path / "src").mkdir()
    assert load(str(tmp_path / "src")) == Config()


@pytest.mark.parametrize(
    ("text", "message"),
    (
        pytest.param('\nexclud = ["a"]', ":2: unknown key 'exclud': did you mean 'exclude'?", id="a slip"),
        pytest.param("colour = 1", ":1: unknown key 'colour': known are allowlist, exclude, ", id="an unknown key"),
        pytest.param("max_file_size = 1", ":1: unknown key 'max_file_size': did you mean 'max-file-size'?", id="_"),
        pytest.param('exclude = "a"', ":1: exclude: must be a list of strings", id="a string for a list"),
        pytest.param("include = [1]", ":1: include: must be a list of strings", id="a list of numbers"),
        pytest.param('exclude = ["!a"]', ":1: exclude: the pattern '!a' starts with '!'", id="a bad pattern"),
        pytest.param('max-file-size = "1M"', ":1: max-file-size: must be a number of bytes", id="a string for a size"),
        pytest.param("max-file-size = true", ":1: max-file-size: must be a number of bytes", id="a boolean for a size"),
        pytest.param("max-file-size = 0", ":1: max-file-size: must be a number of bytes, at least 1", id="nothing"),
        pytest.param('profile = "lax"', ":1: profile: unknown profile 'lax': choose one of", id="a profile"),
        pytest.param("profile = 1", ":1: profile: must be a string", id="a number for a string"),
        pytest.param("tool.gk = 1", ": [tool.gk] must be a table", id="no table"),
        pytest.param("a = ", ": is not valid TOML: ", id="broken"),
        pytest.param("a = " + "[" * 50_000, ": is nested too deeply", id="nested deeply"),
        pytest.param("# " + "x" * 2_000_000, ": is larger than 1048576 bytes", id="huge"),
    ),
)
def test_settings_that_cannot_be_meant(tmp_path, text, message):
    path = tmp_path / "gk.toml"
    path.write_text(text)
    with pytest.raises(GkError) as error:
        load(str(tmp_path))
    assert str(error.value).startswith(f"{path}{message}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("key", ("allowlist", "output-dir"))
@pytest.mark.parametrize(
    "path",
    (
        pytest.param("../x", id="a parent"),
        pytest.param("a\\..\\..\\x", id="a parent as Windows writes it"),
        pytest.param("/etc/x", id="absolute"),
        pytest.param("away/x", id="through a link"),
    ),
)
def test_a_scanned_tree_cannot_send_us_elsewhere(tmp_path, key, path):
    root = tmp_path / "tree"
    root.mkdir()
    try:
        (root / "away").symlink_to("..", target_is_directory=True)
    except OSError:
        pytest.skip("this account may not make symbolic links")
    (root / "gk.toml").write_text(f"{key} = '{path}'")
    with pytest.raises(UsageError, match=f"{key}: .* leads out of the scanned folder"):
        load(str(root))


def test_a_file_that_is_named_may_point_anywhere(tmp_path):
    path = tmp_path / "ours.toml"
    path.write_text('allowlist = "../allow.json"')
    assert load("/nowhere", str(path)).allowlist == os.path.join(str(tmp_path), "../allow.json")


def test_a_pyproject_that_is_named_must_have_settings(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project]")
    with pytest.raises(UsageError, match=r"has no \[tool.gk\]"):
        load(str(tmp_path), str(tmp_path / "pyproject.toml"))


def test_a_missing_file_that_is_named(tmp_path):
    with pytest.raises(GkError, match=r"none\.toml: cannot be read: "):
        load(str(tmp_path), str(tmp_path / "none.toml"))


@pytest.mark.parametrize("name", ("gk.toml", "pyproject.toml"))
def test_a_linked_file_is_not_read(tmp_path, name):
    try:
        (tmp_path / name).symlink_to("/etc/hostname")
    except OSError:
        pytest.skip("this account may not make symbolic links")
    assert load(str(tmp_path)) == Config(notes=(f"{name} is a symbolic link and was not read for settings",))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
@pytest.mark.parametrize("name", ("gk.toml", "pyproject.toml"))
def test_a_pipe_does_not_hold_us_up(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(GkError, match="is not a regular file"):
        load(str(tmp_path))


def test_the_command_line_stands_above_the_file():
    config = Config(Profile.STRICT, ("src",), ("a",), 10, "allow.json", "out", "gk.toml", "00", ("note",))
    assert with_options(config) == config
    assert with_options(
        config,
        profile="practical",
        include=("lib",),
        exclude=("b",),
        max_file_size=20,
        allowlist="other.json",
        output_dir="elsewhere",
    ) == Config(Profile.PRACTICAL, ("lib",), ("a", "b"), 20, "other.json", "elsewhere", "gk.toml", "00", ("note",))


@pytest.mark.parametrize(
    ("options", "message"),
    (
        pytest.param({"exclude": ("../a",)}, "--exclude: the pattern '../a' leads out of the tree", id="a pattern"),
        pytest.param({"include": ("",)}, "--include: the pattern '' names nothing", id="an empty pattern"),
        pytest.param({"max_file_size": 0}, "--max-file-size must be at least 1 byte", id="a size"),
        pytest.param({"profile": "x"}, "unknown profile 'x'", id="a profile"),
    ),
)
def test_options_that_cannot_be_meant(options, message):
    with pytest.raises(UsageError, match=message):
        with_options(Config(), **options)


@pytest.mark.parametrize(
    "other",
    (
        pytest.param(Config(Profile.STRICT), id="profile"),
        pytest.param(Config(include=("a",)), id="include"),
        pytest.param(Config(exclude=("a",)), id="exclude"),
        pytest.param(Config(max_file_size=1), id="size"),
    ),
)
def test_the_hash_changes_with_every_setting_that_matters(other):
    assert other.config_hash() != Config().config_hash()
    assert other.config_hash("a" * 64) != other.config_hash()


def test_the_hash_is_of_what_is_set_and_not_of_where():
    here = Config(exclude=("a", "b"), output_dir="x", source="x", allowlist="x", sha256="x", notes=("x",))
    there = Config(exclude=("b", "a", "a"), output_dir="y")
    assert here.config_hash() == there.config_hash()


def test_the_hash_can_be_derived_by_others():
    settings = b'{"allowlist":"","exclude":[],"include":[],"max-file-size":5242880,"profile":"mcen_practical"}'
    assert Config().config_hash() == hashlib.sha256(settings).hexdigest()
