"""Every setting as a flag."""

import types
from collections.abc import Callable
from typing import Any, Literal, TypeVar, get_args, get_origin

import click
from pydantic.fields import FieldInfo

from nlp_service.settings import ENVIRONMENT_PREFIX, Settings

Command = TypeVar("Command", bound=Callable[..., Any])
SERVER_ONLY = frozenset(
    {"host", "port", "workers", "drain_notice_ms", "drain_timeout_ms"}
    | {"request_timeout_ms", "max_body_bytes", "jobs", "jobs_ttl_s"}
)


def settings_options(*, without: frozenset[str] = frozenset()) -> Callable[[Command], Command]:
    """Add a flag for every setting but those in `without`; a flag that isn't given is None."""

    def decorate(command: Command) -> Command:
        for name, field in reversed(Settings.model_fields.items()):
            if name not in without:
                command = _option(name, field)(command)
        return command

    return decorate


def given(options: dict[str, Any]) -> dict[str, Any]:
    """The flags that were given."""
    return {name: value for name, value in options.items() if value is not None}


def _option(name: str, field: FieldInfo) -> Callable[[Command], Command]:
    default = "none" if field.default is None else field.default
    shown = "" if field.default_factory else f"; default: {default}"  # the description then says what it is
    text = f"{field.description}  [{ENVIRONMENT_PREFIX}{name.upper()}{shown}]"
    return click.option(f"--{name.replace('_', '-')}", name, type=_type(field.annotation), default=None, help=text)


def _type(annotation: Any) -> Any:
    """The click type of a setting; values are validated by `Settings`, once, whether flag or environment."""
    if get_origin(annotation) is Literal:
        return click.Choice(get_args(annotation))
    if isinstance(annotation, types.UnionType):
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    return annotation if annotation in (int, float, str) else click.Path()
