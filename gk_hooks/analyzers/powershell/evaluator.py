"""What expressions are worth."""

from __future__ import annotations

from gk_hooks.analyzers.powershell import tree
from gk_hooks.analyzers.powershell.access import Accessor, plain_type
from gk_hooks.analyzers.powershell.folding import binary, cast, number_of
from gk_hooks.analyzers.powershell.members import Invocation, construct
from gk_hooks.analyzers.powershell.strings import text_method
from gk_hooks.analyzers.powershell.values import (
    MAX_ITEMS,
    PIECES,
    Block,
    Integer,
    Items,
    Object,
    Table,
    Type,
    Value,
    either,
    joined,
    list_of,
    opened,
    text_of,
)
from gk_hooks.analyzers.powershell.walk import targets_of
from gk_hooks.model.effects import Blob
from gk_hooks.model.values import UNKNOWN, Text

MIN_BLOB = 2_000
_HEX = frozenset("0123456789abcdefABCDEF \r\n")
_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_ \r\n")
_ORDERED = frozenset({"ordered", "pscustomobject", "hashtable", "psobject", "management.automation.psobject"})
_CONSTRUCTED = frozenset(
    {"wmiclass", "adsi", "adsisearcher", "directoryservices.directoryentry", "wmi", "diagnostics.processstartinfo"}
)


class Evaluator(Accessor):
    """Machine with expressions."""

    def evaluate(self, node: tree.Node) -> Value:
        self.spend()
        value = self._evaluated(node)
        if isinstance(value, Text) and len(value.options[0]) > 1000:
            self.context.budget.spend(len(value.options) * len(value.options[0]) // 1000)
        return value

    def _evaluated(self, node: tree.Node) -> Value:
        match node:
            case tree.Literal():
                return self._literal(node)
            case tree.Number(value=value):
                return Integer(value)
            case tree.Numbers(values=values):
                return Items(tuple(map(Integer, values[:MAX_ITEMS])), len(values) <= MAX_ITEMS)
            case tree.Expand():
                return self._expanded(node)
            case tree.Variable():
                return self.scopes.get(node.name)
            case tree.Group():
                return self._group(node)
            case tree.Listing(items=items):
                return Items(tuple(self.evaluate(item) for item in items))
            case tree.Chain():
                return self._chain(node)
            case tree.Access():
                return self.access(node)
            case tree.Cast():
                return self._cast(node)
            case tree.Unary():
                return self._unary(node)
            case tree.TypeName(name=name):
                return Type(plain_type(name))
            case tree.HashTable():
                return self._table(node)
            case tree.ScriptBlock(body=body):
                return self.new_block(body)
            case tree.Choice(condition=condition, options=options):
                self.evaluate(condition)
                found = [self.evaluate(option) for option in options]
                return either(found[0], found[-1]) if found else UNKNOWN
        return self.statement(node) if not isinstance(node, tree.Parameter | tree.Redirection) else UNKNOWN

    def _literal(self, node: tree.Literal) -> Value:
        text = node.value
        if len(text) >= MIN_BLOB:
            self._look_for_blob(node, text)
        value = Text.template(text) if self.context.depth else Text.of(text)
        return value.decoding(node.disguise) if node.disguise else value

    def _look_for_blob(self, node: tree.Literal, text: str) -> None:
        signs = set(text)
        if signs <= _HEX and len(signs) > 8:
            self.emit([Blob(self.site(node, "literal"), len(text), "hex")])
        elif signs <= _BASE64 and len(signs) > 40:
            self.emit([Blob(self.site(node, "literal"), len(text), "base64")])

    def _expanded(self, node: tree.Expand) -> Value:
        parts: list[Value] = []
        for part in node.parts:
            if isinstance(part, str):
                parts.append(Text.template(part) if self.context.depth else Text.of(part))
            else:
                value = self.evaluate(part)
                parts.append(opened(text_of(value)))
        return joined(tuple(parts), "")

    def _group(self, node: tree.Group) -> Value:
        if node.kind == "class":
            return self.statements(node.statements)
        value = self.statements(node.statements)
        if node.kind == "@(":
            return value if isinstance(value, Items) else Items(list_of(value), complete=value != UNKNOWN)
        if node.kind == "(" and len(node.statements) == 1 and isinstance(node.statements[0], tree.Assign):
            return self.evaluate(targets_of(node.statements[0].target)[0])
        return value

    def _table(self, node: tree.HashTable) -> Value:
        table = Table(level=self.scopes.level)
        for key, value in node.pairs:
            name = text_of(self.evaluate(key)).only
            found = self.statement(value)
            if name is None:
                table.complete = False
            else:
                table.entries[name.lower()] = found
        return table

    def _chain(self, node: tree.Chain) -> Value:
        first = self.evaluate(node.first)
        if all(operator == "+" for operator, _ in node.rest) and isinstance(first, Text):
            values = [first, *(self.evaluate(operand) for _, operand in node.rest)]
            if all(isinstance(value, Text | Integer) for value in values):
                whole = joined(tuple(opened(text_of(value)) for value in values), "")
                return whole if whole.is_unknown or PIECES in whole.decoded else whole.decoding(PIECES)
            for value in values[1:]:
                first = binary("+", first, value)
            return first
        for operator, operand in node.rest:
            right = self.evaluate(operand)
            if isinstance(right, Block):
                self.run_block(right, {}, UNKNOWN)
            first = binary(operator, first, right)
        return first

    def _unary(self, node: tree.Unary) -> Value:
        value = self.evaluate(node.operand)
        for operator in reversed(node.operators):
            match operator:
                case "++":
                    if isinstance(node.operand, tree.Variable):
                        self.scopes.set(node.operand.name, Integer())
                    value = Integer()
                case "-":
                    number = number_of(value)
                    value = Integer(-number if number is not None else None)
                case ",":
                    value = Items((value,))
                case "join":
                    value = binary("join", value, Text.of(""))
                case "split":
                    value = text_method(text_of(value), "split", [Text.of(" ")])
                case "not" | "!" | "bnot":
                    value = Integer()
        return value

    def _cast(self, node: tree.Cast) -> Value:
        name = plain_type(node.type)
        if name in _ORDERED and isinstance(node.operand, tree.HashTable):
            return self._table(node.operand)
        value = self.evaluate(node.operand)
        if name == "scriptblock" and isinstance(value, Block):
            return value
        if name == "type":
            named = text_of(value).only
            return Type(plain_type(named)) if named else UNKNOWN
        invocation = Invocation(self, node, name, None, [value])
        made = construct(invocation) if name in _CONSTRUCTED and not isinstance(value, Object) else None
        return made if made is not None else self.declared(node.type, cast(name, value))
