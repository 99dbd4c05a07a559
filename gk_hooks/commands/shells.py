"""Completion scripts for four shells, from the same table of words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gk_hooks.model.records import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """An option: its names, what it does, and the words it takes: None for none, () for a file or anything."""

    names: tuple[str, ...]
    help: str
    values: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """What can follow the words of *path* ("", "scan", "hook install"): actions (name → help), options, and the words
    that may stand there, () for files.
    """

    path: str
    actions: dict[str, str]
    options: tuple[Option, ...]
    words: tuple[str, ...] = ()


def bash(levels: Sequence[Level]) -> Iterator[str]:
    """For bash 3.2 or newer."""
    yield "_gk() {"
    yield "    local path= index words="
    yield "    for ((index = 1; index < COMP_CWORD; index++)); do"
    yield '        case "$path/${COMP_WORDS[index]}" in'
    yield from (f'            "{before}/{name}") path="{path}" ;;' for before, name, path in _steps(levels))
    yield "        esac"
    yield "    done"
    yield '    case "$path|${COMP_WORDS[COMP_CWORD-1]}" in'
    for level, option in _taking(levels):
        patterns = " | ".join(f'"{level.path}|{name}"' for name in option.names)
        yield f"        {patterns})"
        yield f'            COMPREPLY=($(compgen -W {_quoted(" ".join(option.values or ()))} -- "$2")); return ;;'
    yield "    esac"
    yield '    case "$path|$2" in'
    yield from (f'        "{level.path}|"-*) words={_quoted(" ".join(_names(level)))} ;;' for level in levels)
    yield from (f'        "{level.path}|"*) words={_quoted(" ".join(_others(level)))} ;;' for level in levels)
    yield "    esac"
    yield '    COMPREPLY=($(compgen -W "$words" -- "$2"))'
    yield "}"
    yield "complete -o default -F _gk gk"


def zsh(levels: Sequence[Level]) -> Iterator[str]:
    """For zsh, as a function of its completion system."""
    yield "#compdef gk"
    yield "_gk() {"
    yield "    local at= word"
    yield "    local -a found"
    yield "    for word in ${words[2,CURRENT-1]}; do"
    yield '        case "$at/$word" in'
    yield from (f'            "{before}/{name}") at="{path}" ;;' for before, name, path in _steps(levels))
    yield "        esac"
    yield "    done"
    yield '    case "$at|${words[CURRENT-1]}" in'
    for level, option in _taking(levels):
        patterns = "|".join(f'"{level.path}|{name}"' for name in option.names)
        values = f"compadd -- {' '.join(option.values)}" if option.values else "_files"
        yield f"        {patterns}) {values}; return ;;"
    yield "    esac"
    yield '    case "$at|$PREFIX" in'
    for level in levels:
        described = [(name, option.help) for option in level.options for name in option.names]
        yield f'        "{level.path}|"-*) found=({_described(described)}) ;;'
        if level.actions or level.words:
            named = level.actions or dict.fromkeys(level.words or (), "")
            yield f'        "{level.path}|"*) found=({_described(named.items())}) ;;'
        else:
            yield f'        "{level.path}|"*) _files; return ;;'
    yield "    esac"
    yield "    _describe gk found"
    yield "}"
    yield "compdef _gk gk"


def fish(levels: Sequence[Level]) -> Iterator[str]:
    """For fish 3 or newer."""
    yield "function __gk_at"
    yield "    set -l at ''"
    yield "    for word in (commandline -opc)[2..-1]"
    yield '        switch "$at/$word"'
    yield from (
        f"            case '{before}/{name}'\n                set at '{path}'" for before, name, path in _steps(levels)
    )
    yield "        end"
    yield "    end"
    yield '    test "$at" = "$argv"'
    yield "end"
    for level in levels:
        when = f"complete -c gk -n '__gk_at {level.path}'"
        for name, summary in level.actions.items():
            yield f"{when} -f -a {name} -d {_quoted(summary)}"
        if level.words:
            yield f"{when} -f -a {_quoted(' '.join(level.words))}"
        for option in level.options:
            names = " ".join(f"-{'l' if name.startswith('--') else 's'} {name.lstrip('-')}" for name in option.names)
            values = f" -x -a {_quoted(' '.join(option.values))}" if option.values else ""
            takes = " -r" if option.values == () else values
            yield f"{when} {names} -d {_quoted(option.help)}{takes}"


def powershell(levels: Sequence[Level]) -> Iterator[str]:
    """For PowerShell 5.1 or newer."""
    yield "Register-ArgumentCompleter -Native -CommandName gk -ScriptBlock {"
    yield "    param($word, $ast, $position)"
    yield "    $steps = @{"
    yield from (f"        '{before}/{name}' = '{path}'" for before, name, path in _steps(levels))
    yield "    }"
    yield "    $values = @{"
    for level, option in _taking(levels):
        yield from (f"        '{level.path}|{name}' = '{' '.join(option.values or ())}'" for name in option.names)
    yield "    }"
    yield "    $options = @{"
    yield from (f"        '{level.path}' = '{' '.join(_names(level))}'" for level in levels)
    yield "    }"
    yield "    $words = @{"
    yield from (f"        '{level.path}' = '{' '.join(_others(level))}'" for level in levels)
    yield "    }"
    yield "    $path = ''; $previous = ''"
    yield "    foreach ($element in $ast.CommandElements | Select-Object -Skip 1) {"
    yield "        if ($element.Extent.EndOffset -ge $position) { break }"
    yield "        $previous = $element.ToString()"
    yield '        if ($steps.ContainsKey("$path/$previous")) { $path = $steps["$path/$previous"] }'
    yield "    }"
    yield '    $list = if ($values.ContainsKey("$path|$previous")) { $values["$path|$previous"] }'
    yield "        elseif ($word.StartsWith('-')) { $options[$path] } else { $words[$path] }"
    yield '    -split $list | Where-Object { $_ -and $_ -like "$word*" } |'
    yield "        ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }"
    yield "}"


def _steps(levels: Iterable[Level]) -> Iterator[tuple[str, str, str]]:
    """Each (path so far, word, path after it)."""
    for level in levels:
        for name in level.actions:
            yield level.path, name, f"{level.path} {name}".strip()


def _taking(levels: Iterable[Level]) -> Iterator[tuple[Level, Option]]:
    return ((level, option) for level in levels for option in level.options if option.values is not None)


def _names(level: Level) -> list[str]:
    return [name for option in level.options for name in option.names]


def _others(level: Level) -> list[str]:
    return list(level.actions or level.words or ())


def _described(entries: Iterable[tuple[str, str]]) -> str:
    return " ".join(_quoted(f"{name}:{text}" if text else name) for name, text in entries)


def _quoted(text: str) -> str:
    """*text* between single quotes, as POSIX shells, zsh and fish read them."""
    return "'" + text.replace("'", "’") + "'"
