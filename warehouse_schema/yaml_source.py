"""YAML files read with the line of every value, so that a mistake is named by file and line.

Numbers with a decimal point become `Decimal` (66.6 stays 66.6), dates become `date`. A key that stands twice in one
mapping, which YAML parsers pass over in silence, is a problem.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from warehouse_schema.errors import UsageError

Location = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)

_PROJECT_ROOT = Path(__file__).resolve().parent.parent
_SHOWN_INPUT_LENGTH = 60


class StrictModel(BaseModel):
    """Base of the models that files are read into: no conversions, no unknown keys, no change afterwards."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Wording(StrictModel):
    """One text in both languages, shown with results."""

    vi: str
    en: str


class _ExactLoader(yaml.CSafeLoader):
    """PyYAML's safe loader, but numbers with a decimal point are exact."""


def _construct_decimal(loader: _ExactLoader, node: yaml.Node) -> Decimal:
    text = str(loader.construct_scalar(node))  # type: ignore[arg-type]
    try:
        return Decimal(text)
    except ArithmeticError:
        raise ValueError(f"{text} is not a decimal number") from None


_ExactLoader.add_constructor("tag:yaml.org,2002:float", _construct_decimal)


@dataclass
class YamlDocument:
    """A YAML file: its data, the line of every value, and the problems found in it so far.

    Attributes:
        path: the file.
        error: the class of the error that tells the problems.
        data: by key mappings, lists, `str`, `int`, `Decimal`, `bool`, `date` and None.
        lines: for each location the line, from 1, of the key (in a mapping) or of the item (in a list).
    """

    path: Path
    error: type[UsageError]
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[Location, int] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)

    def line_of(self, location: Location) -> int:
        """The line of a location; for a location that is not in the file the line of what should hold it."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location, 1)

    def report(self, location: Location, message: str) -> None:
        """Notes a problem at a location."""
        self.problems.append((self.line_of(location), message))

    def parse(self, model: type[Model], value: object, location: Location = (), context: object = None) -> Model | None:
        """Validates a value that stands at a location; if it has problems they are noted and None is returned."""
        try:
            return model.model_validate(value, context=context)
        except ValidationError as error:
            details = error.errors(include_url=False)
            for detail in details:
                if not _follows_from_another(detail, details):
                    self.report(location + detail["loc"], _message(detail, location + detail["loc"], model))
            return None

    def failure(self) -> UsageError:
        """The error that tells all problems, one line each, `file:line: what is wrong`, by line."""
        shown = _shown(self.path)
        return self.error("\n".join(f"{shown}:{line}: {message}" for line, message in sorted(self.problems)))


def read_yaml(path: Path, error: type[UsageError]) -> YamlDocument:
    """Reads a YAML file (UTF-8, one document, a mapping); repeated keys are noted in the document's problems.

    Raises:
        UsageError: (the class in `error`) the file cannot be read, is not YAML or holds no mapping.
    """
    document = YamlDocument(path, error)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as problem:
        raise error(f"{_shown(path)}: cannot be read: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise error(f"{_shown(path)}: is not UTF-8 text") from None
    try:
        loader = _ExactLoader(text)
        node = loader.get_single_node()
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        reason = getattr(problem, "problem", None) or getattr(problem, "reason", None) or "cannot be parsed"
        document.problems.append((mark.line + 1 if mark else 1, f"is not YAML: {reason}"))
        raise document.failure() from None
    if not isinstance(node, yaml.MappingNode):
        document.report((), "a mapping of keys to values was expected")
        raise document.failure()
    document.data = _construct_mapping(loader, node, (), document)
    return document


def closest(name: object, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: `; did you mean 'x'?`, or nothing when no known name is near."""
    matches = difflib.get_close_matches(str(name), list(known), n=1)
    return f"; did you mean '{matches[0]}'?" if matches else ""


def _construct(loader: _ExactLoader, node: yaml.Node, location: Location, document: YamlDocument) -> Any:
    """The data of a node; fills the document's lines and notes repeated keys and values that cannot be made."""
    if isinstance(node, yaml.MappingNode):
        return _construct_mapping(loader, node, location, document)
    if isinstance(node, yaml.SequenceNode):
        items = []
        for index, item in enumerate(node.value):
            document.lines[(*location, index)] = item.start_mark.line + 1
            items.append(_construct(loader, item, (*location, index), document))
        return items
    try:
        return loader.construct_object(node, deep=True)
    except (yaml.YAMLError, ValueError) as problem:
        document.report(location, str(getattr(problem, "problem", None) or problem))
        return None


def _construct_mapping(loader: _ExactLoader, node: yaml.MappingNode, location: Location, document: YamlDocument) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if key_node.tag != "tag:yaml.org,2002:str":
            document.problems.append((line, f"a key must be text; put quotes around {key_node.value!r}"))
            continue
        key = str(key_node.value)
        if key in data:
            first = document.lines[(*location, key)]
            document.problems.append((line, f"key '{key}' stands twice; the first is on line {first}"))
            continue
        document.lines[(*location, key)] = line
        data[key] = _construct(loader, value_node, (*location, key), document)
    return data


def _shown(path: Path) -> str:
    """The path as a person sees it: from the root of the project where the file is part of it."""
    resolved = path.resolve()
    return str(resolved.relative_to(_PROJECT_ROOT)) if resolved.is_relative_to(_PROJECT_ROOT) else str(path)


def _message(detail: ErrorDetails, location: Location, model: type[BaseModel]) -> str:
    """A pydantic error in the words of the file: which key, what it holds, what was expected."""
    name = next((part for part in reversed(location) if isinstance(part, str)), "")
    given = detail["input"]
    match detail["type"]:
        case "missing":
            return f"key '{name}' is missing"
        case "extra_forbidden":
            return f"unknown key '{name}'{closest(name, _keys_at(model, detail['loc']))}"
        case "literal_error":
            choices = re.findall(r"'([^']*)'", detail["ctx"]["expected"])
            return f"{name} {given!r} is not one of {', '.join(choices)}{closest(given, choices)}"
        case "value_error":
            return detail["msg"].removeprefix("Value error, ")
        case "model_type" | "dict_type":
            return f"{name}: a mapping of keys to values was expected, got {_short(given)}"
        case _:
            return f"{name}: {detail['msg'][0].lower()}{detail['msg'][1:]}, got {_short(given)}"


def _follows_from_another(detail: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """Whether a list is only too short because pydantic does not count its wrong items, which are named themselves."""
    location = detail["loc"]
    return detail["type"] == "too_short" and any(
        len(other["loc"]) > len(location) and other["loc"][: len(location)] == location for other in details
    )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_INPUT_LENGTH else text[:_SHOWN_INPUT_LENGTH] + "…"


def _keys_at(model: type[BaseModel], location: Location) -> Iterable[str]:
    """The keys that are known where the last part of a location stands."""
    current: type[BaseModel] | None = model
    for part in location[:-1]:
        if isinstance(part, str) and current is not None:
            info = current.model_fields.get(part)
            current = _model_in(info.annotation) if info else None
    return current.model_fields if current is not None else ()


def _model_in(annotation: object) -> type[BaseModel] | None:
    """The model in the annotation of a field: itself, or what a tuple or an optional holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for argument in get_args(annotation) if (model := _model_in(argument))), None)
