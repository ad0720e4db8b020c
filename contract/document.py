"""
YAML read into typed values, with every fault of the file in one go.

Used for configurations, packs and registers alike: a person who edits such a file sees all that is wrong with it, each with
its line, its key, what was found and what was expected. The types are msgspec Structs; their constraints are the grammar.
"""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Struct, inspect

from contract.errors import CampusError
from contract.exit_code import ExitCode
from contract.message import Message, Param

T = TypeVar("T")

try:
    import yaml

    _HAS_YAML = True
except ModuleNotFoundError:  # no build of it for this machine (loongarch64): JSON is read, which is YAML too
    _HAS_YAML = False
try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML built without libyaml: same result, slower
    if _HAS_YAML:
        from yaml import SafeLoader as _Loader  # type: ignore[assignment]


class Fault(Struct, frozen=True, order=True):
    """One thing wrong in a document. ``line`` counts from 1; ``key`` is a path such as ``criteria[2].weight``."""

    line: int
    key: str
    problem: Message


class DocumentError(CampusError):
    """A document with faults, all of them, in the order of their lines."""

    exit_code = ExitCode.BAD_DATA

    def __init__(self, source: str, faults: list[Fault]) -> None:
        super().__init__("document.invalid", source=source, faults=len(faults))
        self.source = source
        self.faults = sorted(faults, key=lambda fault: (fault.line, fault.key))

    def __str__(self) -> str:
        """One line per fault, in codes."""
        return "\n".join(
            f"{self.source}:{fault.line}: {fault.key}: {fault.problem.code} {fault.problem.params}" for fault in self.faults
        )


class Document(Generic[T]):
    """A value together with the lines its parts came from, so that later checks can still point into the file."""

    def __init__(self, value: T, source: str, lines: dict[str, int]) -> None:
        self.value = value
        self.source = source
        self._lines = lines

    def line(self, key: str) -> int:
        """Line of ``key``, or of the nearest part around it."""
        while key and key not in self._lines:
            key = re.sub(r"(\.[^.\[\]]+|\[\d+\]|^[^.\[\]]+)$", "", key)
        return self._lines.get(key, 1)

    def fault(self, key: str, code: str, /, **params: Param) -> Fault:
        """A fault found after reading, e.g. a reference to something that does not exist."""
        return Fault(self.line(key), key, Message(code, params))


def read(text: str, type_: type[T], source: str | PurePath) -> Document[T]:
    """
    Parse ``text`` as one YAML document of ``type_``; raise :class:`DocumentError` with all faults.

    ``source`` is the name to print, usually the file's path. Nothing is read from disk here.
    """
    if not _HAS_YAML:
        return _read_json(text, type_, str(source))
    reader = _Reader()
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise DocumentError(
            str(source), [Fault(line, "", Message("document.syntax", {"problem": error.problem or "?"}))]
        ) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1 if isinstance(error.position, int) else 1
        raise DocumentError(str(source), [Fault(line, "", Message("document.syntax", {"problem": error.reason}))]) from error
    if root is None:
        root = yaml.MappingNode("tag:yaml.org,2002:map", [], None, None)
    plain = reader.walk(root, inspect.type_info(type_), "")
    if reader.faults:
        raise DocumentError(str(source), reader.faults)
    return Document(msgspec.convert(plain, type_), str(source), reader.lines)


def _read_json(text: str, type_: type[T], source: str) -> Document[T]:
    """Without PyYAML: the first fault only, and no line."""
    try:
        return Document(msgspec.json.decode(text.strip() or "{}", type=type_), source, {})
    except msgspec.ValidationError as error:
        fault = Fault(1, "", Message("document.syntax", {"problem": str(error)}))
    except msgspec.DecodeError as error:
        fault = Fault(1, "", Message("document.only_json", {"problem": str(error)}))
    raise DocumentError(source, [fault])


class _Reader:
    """Walks the YAML tree beside the type, so that one fault does not hide the next."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.lines: dict[str, int] = {}

    def walk(self, node: Any, type_: inspect.Type, key: str) -> Any:
        self.lines.setdefault(key, _line(node))
        inner = _strip(type_)
        if isinstance(inner, inspect.UnionType):
            inner = _branch(inner, node)
        if isinstance(inner, inspect.StructType) and isinstance(node, yaml.MappingNode):
            return self._struct(node, inner, key)
        if isinstance(inner, inspect.DictType) and isinstance(node, yaml.MappingNode):
            return {name: self.walk(child, inner.value_type, _join(key, name)) for name, child in self._pairs(node, key)}
        if isinstance(inner, inspect.ListType) and isinstance(node, yaml.SequenceNode):
            return [self.walk(child, inner.item_type, f"{key}[{place}]") for place, child in enumerate(node.value)]
        return self._leaf(node, type_, key)

    def _struct(self, node: Any, type_: inspect.StructType, key: str) -> dict[str, Any]:
        fields = {field.encode_name: field for field in type_.fields}
        plain: dict[str, Any] = {}
        for name, child in self._pairs(node, key):
            place = _join(key, name)
            if name in fields:
                plain[name] = self.walk(child, fields[name].type, place)
            else:
                self.lines[place] = _line(child)
                self._add(child, place, "document.unknown_key", known=", ".join(fields))
        for name, field in fields.items():
            if field.required and name not in plain and not any(f.key == _join(key, name) for f in self.faults):
                self._add(node, _join(key, name), "document.missing_key", expected=expected(field.type))
        return plain

    def _pairs(self, node: Any, key: str) -> Iterator[tuple[str, Any]]:
        seen: set[str] = set()
        for name_node, child in node.value:
            name = str(getattr(name_node, "value", "?"))
            if name in seen:
                self._add(name_node, _join(key, name), "document.duplicate_key")
                continue
            seen.add(name)
            self.lines[_join(key, name)] = _line(name_node)
            yield name, child

    def _leaf(self, node: Any, type_: inspect.Type, key: str) -> Any:
        plain = _construct(node)
        try:
            msgspec.convert(plain, _python_type(type_), strict=True)
        except msgspec.ValidationError:
            self._add(node, key, "document.wrong_value", found=_found(node, plain), expected=expected(type_))
        return plain

    def _add(self, node: Any, key: str, code: str, /, **params: Param) -> None:
        self.faults.append(Fault(_line(node), key, Message(code, params)))


def _construct(node: Any) -> Any:
    loader = _Loader("")
    try:
        return loader.construct_object(node, deep=True)
    except (yaml.YAMLError, ValueError, TypeError):
        return getattr(node, "value", None)


def _line(node: Any) -> int:
    return node.start_mark.line + 1 if node.start_mark else 1


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _found(node: Any, plain: Any) -> str:
    if isinstance(node, yaml.ScalarNode):
        return node.value if isinstance(plain, str) or plain is None else str(plain)
    return "{…}" if isinstance(node, yaml.MappingNode) else "[…]"


def _strip(type_: inspect.Type) -> inspect.Type:
    return type_.type if isinstance(type_, inspect.Metadata) else type_


def _branch(union: inspect.UnionType, node: Any) -> inspect.Type:
    """The member of a union that has the node's shape; the union itself for scalars."""
    wanted: tuple[type, ...] = ()
    if isinstance(node, yaml.MappingNode):
        wanted = (inspect.StructType, inspect.DictType)
    elif isinstance(node, yaml.SequenceNode):
        wanted = (inspect.ListType,)
    return next((_strip(member) for member in union.types if isinstance(_strip(member), wanted)), union) if wanted else union


def _python_type(type_: inspect.Type) -> Any:
    """A Python type that msgspec converts to, with the constraints of ``type_``."""
    inner = _strip(type_)
    if isinstance(inner, inspect.UnionType):
        union: Any = _python_type(inner.types[0])
        for member in inner.types[1:]:
            union = union | _python_type(member)
        return union
    if isinstance(inner, inspect.LiteralType):
        return Literal[inner.values]
    if isinstance(inner, inspect.EnumType | inspect.StructType):
        return inner.cls
    if isinstance(inner, inspect.DictType):
        return dict[str, Any]
    if isinstance(inner, inspect.ListType):
        return list[Any]
    return _scalar(inner)


def _scalar(type_: inspect.Type) -> Any:
    bounds = {
        name: getattr(type_, name)
        for name in ("ge", "gt", "le", "lt", "multiple_of", "pattern", "min_length", "max_length", "tz")
        if getattr(type_, name, None) is not None
    }
    python = _SCALARS.get(type(type_), Any)
    return Annotated[python, msgspec.Meta(**bounds)] if bounds else python


_SCALARS: dict[type, Any] = {
    inspect.BoolType: bool,
    inspect.IntType: int,
    inspect.FloatType: float,
    inspect.StrType: str,
    inspect.NoneType: None,
    inspect.DateType: dt.date,
    inspect.DateTimeType: dt.datetime,
}


def expected(type_: inspect.Type) -> str:
    """What a value of ``type_`` looks like, in the notation of the reference pages: ``int >= 1``, ``a | b``, ``text``."""
    inner = _strip(type_)
    if isinstance(inner, inspect.UnionType):
        return " | ".join(expected(member) for member in inner.types)
    if isinstance(inner, inspect.LiteralType):
        return " | ".join(str(value) for value in inner.values)
    if isinstance(inner, inspect.EnumType):
        return " | ".join(str(member.value) for member in inner.cls)
    if isinstance(inner, inspect.ListType):
        return f"[{expected(inner.item_type)}, …]"
    if isinstance(inner, inspect.DictType):
        return f"{{text: {expected(inner.value_type)}, …}}"
    if isinstance(inner, inspect.StructType):
        return "{" + ", ".join(field.encode_name for field in inner.fields) + "}"
    return _expected_scalar(inner)


def _expected_scalar(type_: inspect.Type) -> str:
    names = {
        inspect.BoolType: "true | false",
        inspect.IntType: "int",
        inspect.FloatType: "number",
        inspect.StrType: "text",
        inspect.NoneType: "null",
        inspect.DateType: "date (2026-01-31)",
        inspect.DateTimeType: "date and time with zone",
    }
    word = names.get(type(type_), type(type_).__name__)
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    limits = [f"{sign} {getattr(type_, name)}" for name, sign in signs.items() if getattr(type_, name, None) is not None]
    pattern = getattr(type_, "pattern", None)
    if pattern:
        limits.append(f"like {pattern}")
    for name, sign in (("min_length", ">="), ("max_length", "<=")):
        length = getattr(type_, name, None)
        if length is not None:
            limits.append(f"length {sign} {length}")
    return f"{word} {' and '.join(limits)}" if limits else word
