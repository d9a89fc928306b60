"""The frame that every PQL call fills: its signature, the scope it is compiled in, and the given call.

A call is one file in `calls/`, holding its `Signature` and the functions that compile it. The
signature's table of parameters is what validation checks, what errors quote and what the
reference is written from.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property

from roarbase.engine import plan
from roarbase.errors import StatementError
from roarbase.model.fields import FieldSpec, TableSpec
from roarbase.model.schema import Schema
from roarbase.query.pql.kinds import Kind
from roarbase.query.pql.scanner import shown, statement_error
from roarbase.query.pql.tree import Argument, Call, Item, Variable
from roarbase.query.program import AskData, DataStep, Finish

__all__ = ["Given", "Parameter", "Scope", "Signature", "find_table"]

_RESERVED = frozenset({"from", "index", "to"})
"""Never the name of a field inside a call."""

_OLDER = frozenset({"Bitmap", "SetBit"})
"""Calls of the versions before, whose clients look for another message."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named argument that a call takes."""

    name: str
    kind: Kind
    sentence: str
    is_required: bool = False
    place: str = ""
    """What it is called where it stands by place, without a name."""

    @property
    def label(self) -> str:
        """What errors and documentation call it."""
        return self.place or self.name


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What a call takes and gives, and how it is compiled.

    Attributes:
        name: As the reference spells it; any case is understood.
        sentence: What it gives, for the reference.
        example: A statement on the table `example` of the reference.
        inputs: What the calls in front are, in words.
        least: How many calls it takes in front of its arguments, at least and
        most: at most; None is any number.
        takes_field: One argument is a condition on a field: `field = value` or a comparison.
        bitmap: Compiles it to a set of records; None if it gives something else.
        ask: Compiles it to a step that asks or writes; None: the records of `bitmap`.
        gives: What it gives, in words: "X takes ..., but Count gives a number".
    """

    name: str
    sentence: str
    example: str
    gives: str = "records"
    parameters: tuple[Parameter, ...] = ()
    inputs: str = "a call that gives records"
    least: int = 0
    most: int | None = 0
    takes_field: bool = False
    bitmap: "Callable[[Given], plan.Bitmap] | None" = None
    ask: "Callable[[Given], DataStep] | None" = None

    @cached_property
    def parameters_by_name(self) -> Mapping[str, Parameter]:
        return {parameter.name: parameter for parameter in self.parameters}

    @cached_property
    def required(self) -> tuple[Parameter, ...]:
        return tuple(parameter for parameter in self.parameters if parameter.is_required)


def find_table(text: str, schema: Schema, name: str, position: int) -> TableSpec:
    """The table of that name, named at `position` of a statement.

    Raises:
        StatementError: There is none.
    """
    table = schema.tables.get(name)
    if table is None:
        raise statement_error(
            text, position, f"index not found: there is no table {shown(name)}{_near(name, schema.tables)}"
        )
    return table


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """Where a call is compiled: the statement's text, the schema, the table, and the calls there are.

    Attributes:
        signatures: By name in lower case.
        later: Names in lower case of calls that the language has and this engine has not yet.
    """

    text: str
    schema: Schema
    table: TableSpec
    signatures: Mapping[str, Signature]
    later: frozenset[str] = frozenset()

    def error(self, position: int, message: str) -> StatementError:
        return statement_error(self.text, position, message)

    def on_table(self, name: str, position: int) -> "Scope":
        """The same scope with another table.

        Raises:
            StatementError: There is no such table.
        """
        return replace(self, table=find_table(self.text, self.schema, name, position))

    def get_field(self, name: str, position: int) -> FieldSpec:
        """The field of that name in the table.

        Raises:
            StatementError: There is none.
        """
        spec = self.table.fields.get(name)
        if spec is None:
            near = _near(name, self.table.fields)
            raise self.error(position, f"field not found: {shown(name)} in table {shown(self.table.name)}{near}")
        return spec

    def given(self, call: Call) -> "Given":
        """The call with its signature, once its arguments fit.

        Raises:
            StatementError: The call is unknown, or an argument is unknown, missing or of the wrong kind.
        """
        signature = self.signatures.get(call.name.lower())
        if signature is None:
            raise self._unknown(call)
        given = Given(scope=self, call=call, signature=signature)
        given.check()
        return given

    def ask(self, call: Call) -> DataStep:
        """The step that a call at the top of a statement asks for."""
        given = self.given(call)
        if given.signature.ask is not None:
            return given.signature.ask(given)
        if given.signature.bitmap is not None:
            return given.ask(plan.Records(given.signature.bitmap(given)))
        raise given.error(f"{given.name} gives {given.signature.gives}, which does not stand alone")

    def _unknown(self, call: Call) -> StatementError:
        if call.name.lower() in self.later:
            return self.error(call.position, f"{call.name} is not supported yet")
        near = _near(call.name, [s.name for s in self.signatures.values()])
        old = call.name in _OLDER
        what = f"unknown call {shown(call.name)}" if old else f"no arg validation for {shown(call.name)}: unknown call"
        return self.error(call.position, f"{what}{near}")


@dataclass(kw_only=True, slots=True)
class Given:
    """A call that fits its signature, and typed access to what it holds. Not frozen, for the reason of `tree.py`."""

    scope: Scope
    call: Call
    signature: Signature

    # ---- checking --------------------------------------------------------------------------

    def check(self) -> None:
        """Raise StatementError unless the call fits its signature."""
        parameters, conditions = self.signature.parameters_by_name, 0
        for argument in self.call.arguments:
            parameter = parameters.get(argument.name)
            if parameter is None:
                conditions += 1
                self._check_condition(argument)
            elif argument.operator != "=" or not parameter.kind.fits(argument.value):
                raise self._unfilled_or_none(argument) or self._wrong_kind(argument, parameter)
        for parameter in self.signature.required:
            if self.argument_or_none(parameter.name) is None:
                what = f"the argument {parameter.name}: {parameter.kind.words}"
                raise self.error(f"{self.name} needs {parameter.place or what}")
        count, most = len(self.call.children), self.signature.most
        if count < self.signature.least or (most is not None and count > most):
            raise self._wrong_inputs()
        if self.signature.takes_field and conditions != 1:
            found = "none" if not conditions else "several"
            many = "too many arguments: " if found == "several" else ""
            message = f"{many}{self.name} needs exactly one field with its value or comparison, found {found}"
            raise self.error(message)

    def _check_condition(self, argument: Argument) -> None:
        """Raise StatementError unless the argument, which is no parameter, is a condition on a field."""
        name = argument.name
        if (
            not self.signature.takes_field
            or name in _RESERVED
            or name[0] == "_"
            or isinstance(argument.value, Variable)
        ):
            raise self._unfilled_or_none(argument) or self._unknown(argument)

    # ---- errors ----------------------------------------------------------------------------

    def _unfilled_or_none(self, argument: Argument) -> StatementError | None:
        """The error that the value is still to be filled in, if it is."""
        if not isinstance(argument.value, Variable):
            return None
        return self.error(f"{self.name}: {argument.value} is for host programs to fill in", argument)

    def _unknown(self, argument: Argument) -> StatementError:
        """The error that the call takes no such argument."""
        names = [p.name for p in self.signature.parameters if not p.place]
        nothing = "it takes one field with its value" if self.signature.takes_field else "it takes no arguments"
        known = f"it takes {', '.join(names)}" if names else nothing
        hint = _near(argument.name, names) or f"; {known}"
        return self.error(f"unknown arg {shown(argument.name)} of {self.name}{hint}", argument)

    def _wrong_kind(self, argument: Argument, parameter: Parameter) -> StatementError:
        """The error that a parameter is given something else than it takes."""
        found = shown(argument.value if parameter.place else argument)
        wanted = f"it must be {parameter.kind.words}; found {found}"
        return self.error(f"{self.name}: arg {shown(parameter.label)} wrong type: {wanted}", argument)

    def _wrong_inputs(self) -> StatementError:
        """The error that there are too few or too many calls inside."""
        most = self.signature.most
        if most is None or len(self.call.children) <= most:
            return self.error(f"{self.name} needs {self.signature.inputs}, found none")
        extra = self.call.children[most]
        takes = "no calls inside; found" if most == 0 else f"{self.signature.inputs}; found one more,"
        return self.scope.error(extra.position, f"{self.name} takes {takes} {shown(extra.name)}")

    @property
    def name(self) -> str:
        return self.signature.name

    def error(self, message: str, at: Argument | None = None) -> StatementError:
        """An error at one of the call's arguments, or at the call."""
        return self.scope.error(self.call.position if at is None else at.position, message)

    def wrong(self, argument: Argument, words: str) -> StatementError:
        """The error that an argument should be something else."""
        parameter = self.signature.parameters_by_name.get(argument.name)
        found = shown(argument.value if parameter is not None and parameter.place else argument)
        return self.error(f"{self.name}: {self.label(argument)} must be {words}; found {found}", argument)

    def label(self, argument: Argument) -> str:
        """What errors call an argument: its name, or what it is called where it stands by place."""
        parameter = self.signature.parameters_by_name.get(argument.name)
        return argument.name if parameter is None else parameter.label

    # ---- what it holds ---------------------------------------------------------------------

    def argument_or_none(self, name: str) -> Argument | None:
        for argument in self.call.arguments:
            if argument.name == name:
                return argument
        return None

    def argument(self, name: str) -> Argument:
        """An argument that is known to be there."""
        argument = self.argument_or_none(name)
        assert argument is not None
        return argument

    def items(self, name: str) -> tuple[Item, ...]:
        """The items of a list; none if it is not there."""
        argument = self.argument_or_none(name)
        return argument.value if argument is not None and isinstance(argument.value, tuple) else ()

    def natural_or_none(self, name: str) -> int | None:
        """A whole number whose kind is checked."""
        argument = self.argument_or_none(name)
        return argument.value if argument is not None and isinstance(argument.value, int) else None

    def integer(self, name: str) -> int:
        """A whole number that is known to be there."""
        value = self.argument(name).value
        assert isinstance(value, int)
        return value

    def text_or_none(self, name: str) -> str | None:
        argument = self.argument_or_none(name)
        return argument.value if argument is not None and isinstance(argument.value, str) else None

    def condition(self) -> Argument:
        """The one argument that is a condition on a field."""
        known = self.signature.parameters_by_name
        return next(argument for argument in self.call.arguments if argument.name not in known)

    def field(self, name: str = "field") -> FieldSpec:
        """The field that an argument names."""
        argument = self.argument(name)
        return self.scope.get_field(str(argument.value), argument.position)

    # ---- compiling -------------------------------------------------------------------------

    def input(self, index: int = 0) -> plan.Bitmap:
        """The records of a call in front; all records if it is not there."""
        return self.bitmap(self.call.children[index]) if index < len(self.call.children) else plan.All()

    def inputs(self) -> tuple[plan.Bitmap, ...]:
        return tuple(map(self.bitmap, self.call.children))

    def filter(self) -> plan.Bitmap:
        """The records of the argument `filter`; all records if it is not there."""
        argument = self.argument_or_none("filter")
        return self.bitmap(argument.value) if argument and isinstance(argument.value, Call) else plan.All()

    def bitmap(self, call: Call) -> plan.Bitmap:
        """The records of a call inside this one.

        Raises:
            StatementError: It gives something else than records.
        """
        return self.records_of(self.scope.given(call))

    def records_of(self, inner: "Given") -> plan.Bitmap:
        """The same of a call whose signature it is known to fit."""
        if inner.signature.bitmap is None:
            message = f"{self.name} needs records here, but {inner.name} gives {inner.signature.gives}"
            raise inner.error(message)
        return inner.signature.bitmap(inner)

    def ask(self, asked: plan.Plan, *finish: Finish) -> AskData:
        """A step on the scope's table."""
        return AskData(table=self.scope.table, plan=asked, finish=finish)


def _near(name: str, names: Mapping[str, object] | list[str]) -> str:
    # Comparing names costs their length; nobody means a field by a kilobyte.
    near = get_close_matches(name[:300], list(names), n=3) if names else []
    by_case = [n for n in names if n.lower() == name.lower() and n not in near]
    words = [shown(n) for n in [*by_case, *near]][:3]
    return f"; did you mean {' or '.join(words)}?" if words else ""
