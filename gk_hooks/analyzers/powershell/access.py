"""What is taken from values (members, calls, indexes), and what is put into variables."""

from __future__ import annotations

from gk_hooks.analyzers.powershell import tree
from gk_hooks.analyzers.powershell.dotnet import static_method, static_property
from gk_hooks.analyzers.powershell.folding import binary, cast, characters, index, number_of, repeat
from gk_hooks.analyzers.powershell.machine import Machine, one_of, output_of
from gk_hooks.analyzers.powershell.members import (
    Invocation,
    instance_call,
    property_of,
    static_call,
    types_with_methods,
)
from gk_hooks.analyzers.powershell.scopes import LETTERS
from gk_hooks.analyzers.powershell.strings import text_method
from gk_hooks.analyzers.powershell.values import (
    NULL,
    Block,
    Bytes,
    Integer,
    Items,
    Object,
    Table,
    Type,
    Value,
    decoding,
    either,
    joined,
    opened,
    text_of,
    unknown_from,
)
from gk_hooks.analyzers.powershell.walk import targets_of
from gk_hooks.model.values import UNKNOWN, Step, Text

_MAX_SHOWN = 70
_TEXT_PROPERTIES = frozenset({"length", "value", "fullname", "absoluteuri", "originalstring", "uri"})


class Accessor(Machine):
    """Machine with members and assignments."""

    def access(self, node: tree.Access) -> Value:
        value = self._target(node)
        steps = list(node.steps)
        at = 0
        while at < len(steps):
            step = steps[at]
            at += 1
            self.spend()
            if isinstance(step, tree.Index):
                value = index(value, self.evaluate(step.key))
                continue
            name = step.name if isinstance(step.name, str) else text_of(self.evaluate(step.name))
            arguments = step.arguments
            following = steps[at] if at < len(steps) else None
            if arguments is None and isinstance(following, tree.Member) and _is_invoke(following):
                arguments, at = following.arguments, at + 1
                name = Text.of(name) if isinstance(name, str) else name
            part = tree.Node(node.start, step.end)
            known = name if isinstance(name, str) else str(name.only or "")
            disguise = name.decoded if isinstance(name, Text) else ()
            if not known and isinstance(value, (Bytes, Text, Items, Integer)):
                value = unknown_from(value)
            elif arguments is None:
                value = self._property(value, known.lower(), step.static)
            else:
                value = self._call(part, value, known.lower(), step.static, arguments, disguise)
        return value

    def _target(self, node: tree.Access) -> Value:
        target = node.target
        if isinstance(target, tree.Variable) and node.steps and isinstance(node.steps[0], tree.Index):
            letters = LETTERS.get(target.name)
            if letters is not None:
                return Text.of(letters).decoding("letters of a variable")
        if isinstance(target, tree.Variable) and target.name == "verbosepreference":
            return Text.of(LETTERS[target.name]).decoding("letters of a variable")
        return self.evaluate(target)

    def _property(self, value: Value, name: str, static: bool) -> Value:
        match value:
            case Type(name=kind):
                found = static_property(kind, name)
                return found if found is not None else property_of(value, name)
            case Table(entries=entries, complete=complete):
                if name in entries:
                    return entries[name]
                return Items(tuple(entries.values()), complete) if name == "values" else UNKNOWN
            case Object():
                return property_of(value, name)
            case Items(items=items, complete=complete):
                if name in ("length", "count"):
                    return Integer(len(items) if complete else None)
                if any(isinstance(item, Table | Object) for item in items):
                    return output_of([self._property(item, name, static) for item in items[:64]])
                return value if name in ("value", "name") else unknown_from(value)
            case Text():
                return text_method(value, name, []) if name in _TEXT_PROPERTIES else unknown_from(value)
            case Bytes(text=text) if name == "length":
                return Integer(len(text.only) if text.only is not None else None)
        return unknown_from(value)

    def _call(
        self,
        node: tree.Node,
        target: Value,
        name: str,
        static: bool,
        nodes: list[tree.Node],
        disguise: tuple[str, ...],
    ) -> Value:
        arguments = [self.evaluate(argument) for argument in nodes]
        if isinstance(target, Type) and target.name == "array" and name == "reverse" and nodes:
            self._reverse(nodes[0])
            return NULL
        if isinstance(target, Block):
            return self._call_block(target, name, arguments)
        if isinstance(target, Items | Table) and name in ("foreach", "where"):
            return self._each(target, arguments)
        invocation = Invocation(self, node, name, target, arguments, disguise)
        found: Value | None = None
        if isinstance(target, Type):
            found = static_call(invocation)
            if found is None:
                found = static_method(target.name, name, arguments)
        else:
            found = instance_call(invocation)
        self._run_blocks(arguments)
        if found is not None:
            return found
        return self._plain_call(target, name, arguments)

    def _plain_call(self, target: Value, name: str, arguments: list[Value]) -> Value:
        match target:
            case Text():
                return text_method(target, name, arguments)
            case Integer(number=number) if name == "tostring":
                return Text.of(str(number)) if number is not None and not arguments else UNKNOWN
            case Table() if name == "add" and len(arguments) == 2:
                key = text_of(arguments[0]).only
                if key is not None:
                    target.entries[key.lower()] = arguments[1]
                else:
                    target.complete = False
                return NULL
        return unknown_from(target, *arguments)

    def _call_block(self, block: Block, name: str, arguments: list[Value]) -> Value:
        if name in ("invoke", "invokereturnasis", "invokewithcontext"):
            return self.run_block(block, positional(block, arguments))
        return block if name in ("getnewclosure", "create") else UNKNOWN

    def _each(self, target: Value, arguments: list[Value]) -> Value:
        outputs = [self.run_block(block, {}, one_of(target)) for block in arguments if isinstance(block, Block)]
        return Items(tuple(outputs), complete=False)

    def _run_blocks(self, arguments: list[Value]) -> None:
        for argument in arguments:
            if isinstance(argument, Block) and not argument.ran:
                self.run_block(argument, {}, UNKNOWN)

    def _reverse(self, node: tree.Node) -> None:
        value = self.evaluate(node)
        if isinstance(node, tree.Variable):
            items = characters(value) if isinstance(value, Text) else value
            if isinstance(items, Items):
                turned = tuple(decoding(item, "reversal") for item in reversed(items.items))
                self.scopes.set(node.name, Items(turned, items.complete))
            else:
                self.scopes.set(node.name, decoding(value, "reversal"))

    def declared(self, type_name: str, value: Value) -> Value:
        name = plain_type(type_name)
        unknown = isinstance(value, Text) and value.is_unknown
        return Object(name) if unknown and name in types_with_methods() else value

    def assign(self, node: tree.Assign) -> None:
        value = self.statement(node.value)
        targets = targets_of(node.target)
        if len(targets) > 1:
            items = value.items if isinstance(value, Items) and value.complete else ()
            for position, target in enumerate(targets):
                self._store(node, target, items[position] if position < len(items) else unknown_from(value))
            return
        if node.operator != "=":
            value = self._combined(targets[0], node.operator, value)
        elif isinstance(node.target, tree.Cast):
            kind = node.target.type
            value = (
                self.declared(kind, cast(plain_type(kind), value)) if not isinstance(value, Object | Block) else value
            )
        self._store(node, targets[0], value)

    def _combined(self, target: tree.Node, operator: str, value: Value) -> Value:
        before = self.evaluate(target)
        if operator == "??=":
            return either(before, value)
        if operator == "*=" and isinstance(before, Text):
            return repeat(before, number_of(value))
        if operator == "+=" and isinstance(before, Text) and isinstance(value, Text):
            return joined((opened(before), opened(value)), "")
        return binary(operator[0], before, value)

    def _store(self, node: tree.Assign, target: tree.Node, value: Value) -> None:
        if isinstance(target, tree.Variable):
            if isinstance(value, Text):
                value = value.through(self._step(node))
            self.scopes.set(target.name, value)
        elif isinstance(target, tree.Access) and target.steps:
            holder = self.evaluate(tree.Access(target.start, target.end, target.target, target.steps[:-1]))
            last = target.steps[-1]
            key = last.name if isinstance(last, tree.Member) else self.evaluate(last.key)
            name = (
                key if isinstance(key, str) else text_of(self.evaluate(key) if isinstance(key, tree.Node) else key).only
            )
            if isinstance(holder, Object | Table) and name is not None:
                fields = holder.fields if isinstance(holder, Object) else holder.entries
                known = fields.get(name.lower())
                deeper = self.scopes.level > holder.level and known is not None
                fields[name.lower()] = either(known, value) if deeper and known is not None else value

    def _step(self, node: tree.Assign) -> Step:
        line = self.context.outer_line(self.source.place(node.start)[0])
        shown = " ".join(self.source.text[node.start : min(node.end, node.start + 300)].split())
        return Step(line, shown if len(shown) <= _MAX_SHOWN else shown[: _MAX_SHOWN - 1] + "…")


def plain_type(name: str) -> str:
    """A type's name as the catalogues spell it."""
    return "".join(name.lower().split()).removeprefix("system.")


def positional(block: Block, arguments: list[Value]) -> dict[str, Value]:
    """*arguments* by the names of the block's parameters."""
    return {parameter.name: value for parameter, value in zip(block.body.parameters, arguments, strict=False)}


def _is_invoke(step: tree.Member) -> bool:
    return isinstance(step.name, str) and step.name.lower() == "invoke" and step.arguments is not None
