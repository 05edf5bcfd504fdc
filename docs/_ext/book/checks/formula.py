r"""Read the TeX of an equation, and measure by how much its sides differ.

>>> env = Environment(X=[[1, 2], [3, 4], [5, 6]], w=[1, -1], h=lambda X, w: X @ w)
>>> disagreements(r"h_i = \sum_j X_{ij} w_j, \qquad h = X w", env)
[0.0, 0.0]

Each side becomes a function of an `Environment`, which knows the values of the symbols.  An index
counts the axis at which it stands; where no sum binds it, the sides must agree for all its values.
Symbols side by side multiply as numbers and matrices do; a vector is a column.  Functions, powers
and quotients of arrays are taken entry by entry.  A derivative follows everything that depends on
its variable; it is computed by differences, unless the environment has it as, say, ``dL_dh``.
What could be read in two ways is refused, and so is what means nothing for the values at hand.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

Formula = Callable[["Environment"], Any]


class FormulaError(ValueError):
    """A formula that cannot be read, or that means nothing for the values at hand."""


class Index(NamedTuple):
    """One value of an index: the place at which it stands, and the length of its axis."""

    place: int
    length: int


class OneOf(list[Any]):
    """All values of a symbol that takes several: a step in time, or something random."""


class Unbound(Exception):  # noqa: N818
    """Nothing binds a symbol that takes several values: its name, and the values."""


class Environment(dict[str, Any]):
    """The value of each symbol: a number, an array, or a function of other symbols.

    Names are the TeX without backslash and braces, accents last: ``beta_1``, ``x_tilde``.  A
    function gets the symbols that its parameters name.  `functions` are called by formulas.
    """

    def __init__(self, functions: Mapping[str, Any] | None = None, **values: Any) -> None:
        super().__init__({"e": math.e, "pi": math.pi} | values)
        self.functions = FUNCTIONS | dict(functions or {})
        self.computed: dict[str, Any] = {}

    def having(self, **changes: Any) -> Environment:
        """Return an environment with other values, on which all that depends on them follows."""
        changed = Environment(self.functions, **self | changes)
        if all(isinstance(value, Index | None) for value in changes.values()):
            changed.computed = self.computed  # no value depends on an index
        return changed

    def value(self, name: str) -> Any:
        """Return the value of a symbol as an array; a tuple is a set of indices."""
        found = self.computed.get(name, self.get(name))
        if isinstance(found, OneOf):
            raise Unbound(name, found)
        if found is None or isinstance(found, Index):
            raise FormulaError(f"{name} has no value")
        if callable(found):
            needed = inspect.signature(found).parameters
            if "env" in needed:
                return found(self)
            found = self.computed[name] = found(*map(self.value, needed))
        return found if isinstance(found, tuple) else np.asarray(found)


class Symbol:
    """A quantity, or some of its entries: in ``x_i`` an index, in ``g_S`` a part of the name."""

    def __init__(self, name: str, subscripts: Sequence[Formula] = (), suffix: str = "") -> None:
        self.name, self.subscripts, self.full_name = name, subscripts, name + suffix

    def __call__(self, env: Environment) -> Any:
        """Evaluate."""
        name, where = self.find(env)
        return env.value(name)[where] if where else env.value(name)

    def find(self, env: Environment) -> tuple[str, tuple[Any, ...]]:
        """Return the name that the environment knows, and the place of the entries."""
        if self.full_name in env or not self.subscripts:
            return self.full_name, ()
        return self.name, places(self.subscripts, env.value(self.name), env)


def places(subscripts: Sequence[Formula], array: Any, env: Environment) -> tuple[int, ...]:
    """Return where subscripts point to in an array."""
    if len(subscripts) > array.ndim:
        raise FormulaError(f"{len(subscripts)} subscripts for {array.ndim} axes")
    found = []
    for subscript, length in zip(subscripts, array.shape, strict=False):
        name = getattr(subscript, "full_name", "")
        index = env.get(name)
        if len(name) == 1 and index is None:
            raise Unbound(name, [Index(place, length) for place in range(length)])
        place, counted = index if isinstance(index, Index) else (subscript(env), length)
        if counted != length or place not in range(length):
            raise FormulaError(f"{name or place} does not count an axis of length {length}")
        found.append(int(place))
    return tuple(found)


def apply(operation: Callable[..., Any], *operands: Formula) -> Formula:
    """Return an operation on the values of formulas."""
    return lambda env: operation(*(operand(env) for operand in operands))


def entries(whole: Formula, subscripts: Sequence[Formula]) -> Formula:
    """Return the entries of what a formula gives, as in ``f(x)_k``."""
    return lambda env: whole(env)[places(subscripts, whole(env), env)]


def times(a: Any, b: Any) -> Any:
    """Multiply what stands side by side; a vector is a column, and 1 x 1 is a number."""
    if min(a.ndim, b.ndim) == 0:
        return a * b
    product = (a[:, None] if a.ndim == 1 else a) @ (b[:, None] if b.ndim == 1 else b)
    return product if product.shape[1] > 1 else product[:, 0] if len(product) > 1 else product[0, 0]


def inner(a: Any, b: Any) -> Any:
    """Multiply what has a dot between."""
    return a @ b if a.ndim == b.ndim == 1 else times(a, b)


def power(a: Any, b: Any) -> Any:
    """Raise numbers, or the entries of a vector, to a power; invert a matrix."""
    if a.ndim == 2 and b != -1:
        raise FormulaError("a power of a matrix, or of its entries?")
    return np.linalg.inv(a) if a.ndim == 2 else a**b


def transpose(a: Any) -> Any:
    """Turn a column into a row, a row into a column, and a matrix round."""
    if a.ndim == 0:
        raise FormulaError("the transpose of a number")
    return a[None] if a.ndim == 1 else a[0] if len(a) == 1 else a.T


def size(a: Any) -> Any:
    """Return the absolute value of a number, or how many members a set has."""
    return np.float64(len(a)) if isinstance(a, tuple) else np.abs(a)


STEP, STENCIL = 1e-3, ((1, 0.75), (2, -0.15), (3, 1 / 60))  # central differences of order six


def slope(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the derivative of a function of a number."""
    return lambda x: sum(w * (f(x + n * STEP) - f(x - n * STEP)) for n, w in STENCIL) / STEP


class Derivative:
    """Derivative of a formula with respect to a symbol, or to entries of it."""

    def __init__(self, formula: Formula, variable: Symbol) -> None:
        self.formula, self.variable = formula, variable
        self.name = f"d{getattr(formula, 'name', '?')}_d{variable.name}"

    def __call__(self, env: Environment) -> Any:
        """Evaluate."""
        name, where = self.variable.find(env)
        x, rows = env.value(name), getattr(self.formula, "subscripts", ())
        if self.name in env and (not where or len(rows) == env.value(self.name).ndim - x.ndim):
            return entries(Symbol(self.name), (*rows, *self.variable.subscripts))(env)

        def along(entry: tuple[int, ...]) -> Callable[[float], Any]:
            unit = np.zeros(x.shape)
            unit[where + entry] = 1
            return lambda s: np.asarray(self.formula(env.having(**{name: x + s * unit})))

        columns = [slope(along(entry))(0.0) for entry in np.ndindex(x[where].shape)]
        return np.stack(columns, axis=-1).reshape(columns[0].shape + x[where].shape)


def reduction(reduce: Any, index: str, limits: Sequence[Formula], body: Formula) -> Formula:
    """Return a sum or the like: over all values of an index, a set, or what is random."""

    def value(env: Environment) -> Any:
        name = index or next((name for name in env if isinstance(env[name], OneOf)), "")
        steps = limits[0](env) if len(limits) == 1 else values(name, body, env)
        if len(limits) == 2 and len(steps) != limits[1](env) - limits[0](env) + 1:
            raise FormulaError(f"{name} has {len(steps)} values, which its limits deny")
        return reduce([body(env.having(**{name: step})) for step in steps], axis=0)

    return value


def values(index: str, body: Formula, env: Environment) -> Sequence[Any]:
    """Return all values of an index: evaluation asks for them where nothing binds it."""
    try:
        body(env if isinstance(env.get(index), OneOf) else env.having(**{index: None}))
    except Unbound as found:
        if found.args[0] == index:
            return found.args[1]  # type: ignore[no-any-return]
        raise
    raise FormulaError(f"{index or 'the mean'} counts nothing")


TOKEN = re.compile(  # a letter with an accent or in an alphabet, a command, a number, a character
    r"\\(?:math(?:rm|bb|cal)|operatorname|tilde|hat|bar)\s*(?:\{\s*\\?[A-Za-z]+\s*\}|"
    r"\\[A-Za-z]+|[A-Za-z])|\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\S"
)
REWRITE = {  # what is written in several ways, or only arranges
    r"\\[,;:! ]|[&~]|\\(left|right|[bB]igg?[lrm]?)(?![a-z])|\\(begin|end)\{(aligned|split)\}": " ",
    r"(?<!\\)\|(.*?)(?<!\\)\|": r"\\lvert \1 \\rvert ",
    r"\\[dt]frac(?![a-z])": r"\\frac",
    r"\\frac *(\d) *(\d)": r"\\frac{\1}{\2}",
}
SAME_CHAIN = re.compile(r"\\\\[\s&]*(?=[=+-])")  # a row that goes on with the one above
NEXT_STATEMENT = re.compile(r",?\s*\\(?:\\|q?quad(?![a-z]))|,\s*&")
GREEK = "alpha beta gamma delta epsilon eta theta kappa lambda mu nu xi pi rho sigma tau phi omega"
FUNCTIONS = {"log": np.log, "exp": np.exp, "diag": np.diag, "tr": np.trace}
REDUCTIONS: Any = {r"\sum": np.sum, r"\prod": np.prod, r"\max": np.max, r"\mathbb{E}": np.mean}
BRACKETS = {"{": "}", "(": ")", "[": "]", r"\lvert": r"\rvert", r"\lVert": r"\rVert"}
INSIDE: Any = dict.fromkeys("{([", np.asarray) | {r"\lvert": size, r"\lVert": np.linalg.norm}
# How tightly operators bind, and what they do; "" is side by side.
OPERATORS: dict[str, tuple[int, Callable[..., Any]]] = {
    "+": (1, np.add), "-": (1, np.subtract), r"\cdot": (2, inner), r"\otimes": (2, np.kron),
    r"\odot": (2, np.multiply), "": (3, times), "/": (3, np.divide),
}  # fmt: skip
TERM, SINGLE = 1, 3  # levels: all between signs, and all between any operators
RELATIONS = ("=", r"\leftarrow")
ENDS = {"", ",", r"\|", *RELATIONS, *BRACKETS.values()}


def name_of(token: str) -> str:
    """Return the name that a token gives to a symbol; nothing for a sign."""
    words = re.findall(r"[A-Za-z]+|[\d.]*\d", token)
    return "_".join(word for word in words[::-1] if word not in ("mathrm", "operatorname"))


class Parser:
    """Reads one statement, by precedence climbing."""

    def __init__(self, tex: str, functions: Mapping[str, Any]) -> None:
        for old, new in REWRITE.items():
            tex = re.sub(old, new, tex)
        self.tokens: list[str] = [*TOKEN.findall(tex.rstrip(" \n.,;")), ""]
        self.at, self.functions = 0, functions
        self.in_subscript = False  # where symbols side by side are separate indices
        self.open = False  # whether a factor that follows might belong to what was read

    @property
    def next(self) -> str:
        """The token in front."""
        return self.tokens[self.at]

    def accept(self, *tokens: str) -> bool:
        """Go past these tokens if they are in front."""
        found = (*self.tokens[self.at : self.at + len(tokens)],) == tokens
        self.at += len(tokens) * found
        return found

    def take(self, *tokens: str) -> None:
        """Go past these tokens, which must be in front."""
        if not self.accept(*tokens):
            raise FormulaError(f"expected {' '.join(tokens)}, found {self.next or 'the end'}")

    def statement(self) -> list[tuple[Formula, str, Formula]]:
        """Read a chain such as a = b = c: pairs of sides, with the relation between them."""
        parts: list[Any] = [self.expression()]
        while self.accept(relation := self.next) and relation in RELATIONS:
            parts += [relation, self.expression()]
        if relation or len(parts) == 1:
            raise FormulaError(f"expected a relation, found {relation or 'the end'}")
        return list(zip(parts[::2], parts[1::2], parts[2::2], strict=False))

    def expression(self, level: int = 0) -> Formula:
        """Read factors, and the operators between them that bind more tightly than a level."""
        left = apply(np.negative, self.expression(TERM)) if self.accept("-") else self.factor()
        while self.next not in ENDS:
            operator = self.next if self.next in OPERATORS else ""
            binds, operation = OPERATORS[operator]
            if binds <= level or (self.in_subscript and not operator):
                break
            if self.open and binds > TERM:
                raise FormulaError(f"brackets are missing before {self.next}")
            self.at += len(operator) > 0
            left = apply(operation, left, self.expression(binds))
            self.open |= operator == "/"
        return left

    def factor(self) -> Formula:
        """Read what stands between operators, with its scripts."""
        self.open = False
        found = self.base()
        while self.next in ("^", "_"):
            if self.accept("_"):
                found = entries(found, self.script(in_subscript=True))
            elif self.accept("^", r"\top") or self.accept("^", "{", r"\top", "}"):
                found = apply(transpose, found)
            else:
                self.take("^")
                found = apply(power, found, *self.script())
        return found

    def base(self) -> Formula:
        """Read what scripts stand at."""
        if (start := self.next) in INSIDE:
            return apply(INSIDE[start], *self.inside(start))
        if start in REDUCTIONS:
            return self.reduction()
        if self.accept(r"\nabla"):
            return self.nabla()
        if self.accept(r"\frac", "{", r"\partial"):
            return self.partial()
        if self.accept(r"\frac"):
            return apply(np.divide, *self.script(), *self.script())
        if self.accept(r"\sqrt"):
            return apply(np.sqrt, *self.script())
        return self.atom() if start[:1].isdigit() else self.symbol()

    def inside(self, start: str, *, in_subscript: bool = False) -> list[Formula]:
        """Read formulas in brackets; between subscripts, commas can be missing."""
        outside, self.in_subscript = self.in_subscript, in_subscript
        self.take(start)
        found = [self.expression()]
        while not self.accept(BRACKETS[start]):
            if not (self.accept(",") or self.accept(r"\|") or in_subscript):
                self.take(BRACKETS[start])
            found.append(self.expression())
        self.in_subscript, self.open = outside, False
        return found

    def script(self, *, in_subscript: bool = False) -> list[Formula]:
        """Read what a script or a command takes: a group, or one character."""
        if self.next[:1].isdigit() and len(self.next) > 1:
            raise FormulaError(f"braces are missing around {self.next}")
        return self.inside("{", in_subscript=in_subscript) if self.next == "{" else [self.atom()]

    def atom(self) -> Formula:
        """Read a number, or a symbol without its scripts."""
        if not self.next[:1].isdigit():
            return Symbol(self.name())
        number, self.at = np.float64(self.next), self.at + 1
        return apply(lambda: number)

    def name(self) -> str:
        """Read the name of a symbol."""
        name, known = name_of(self.next), {*GREEK.split(), *self.functions}
        if not name[:1].isalpha() or (self.next == f"\\{name}" and name.lower() not in known):
            raise FormulaError(f"cannot read {self.next}" if self.next else "unexpected end")
        self.at += 1
        return name

    def symbol(self) -> Formula:
        """Read a quantity, or a function and its arguments: ``x_i``, ``f'(x)``, ``log x``."""
        symbol = self.quantity()
        function = self.functions.get(symbol.full_name)
        if not function:
            return symbol
        while self.accept("'"):
            function = slope(function)
        brackets = self.next in ("(", "[")
        arguments = self.inside(self.next) if brackets else [self.expression(SINGLE)]
        self.open = not brackets
        return apply(lambda *values: np.asarray(function(*values)), *arguments)

    def quantity(self) -> Symbol:
        """Read a name with its subscripts: ``x_i``, ``L^*``."""
        name = self.name() + "_star" * self.accept("^", "*")
        start = self.at
        if not self.accept("_"):
            return Symbol(name)
        subscripts = self.script(in_subscript=True)
        return Symbol(name, subscripts, "_" + "".join(map(name_of, self.tokens[start : self.at])))

    def operand(self) -> Formula:
        """Read what a mean or a derivative is of: brackets, or else the whole term."""
        found = self.base() if self.next in ("(", "[") else self.expression(TERM)
        if self.next == "^":
            raise FormulaError("brackets are missing before ^")
        return found

    def reduction(self) -> Formula:
        r"""Read \sum_i, \sum_{i,j}, \sum_{i=1}^N, \sum_{i \in S} or \mathbb{E}, and the term.

        A maximum may also be that of several numbers, \max(a, b).
        """
        sign, indices, limits = self.next, [""], list[Formula]()
        reduce = REDUCTIONS[sign]
        self.take(sign)
        if reduce is np.max and self.next == "(" and len(numbers := self.inside("(")) > 1:
            return apply(lambda *values: np.max(values, axis=0), *numbers)
        if self.accept("_"):
            group, indices = self.accept("{"), [self.name()]
            while group and self.accept(","):
                indices.append(self.name())
            if group and (self.accept("=") or self.accept(r"\in")):
                limits = [self.expression()]
            self.take(*"}" * group)
            limits += self.script() if self.accept("^") else []
        elif reduce is not np.mean:
            raise FormulaError(f"{sign} needs an index, as in {sign}_i")
        body = self.operand() if reduce is np.mean else self.expression(TERM)
        for index in reversed(indices):
            body = reduction(reduce, index, limits, body)
        return body

    def partial(self) -> Formula:
        r"""Read \frac{\partial L}{\partial h}, or \frac{\partial}{\partial h} and its operand."""
        formula = None if self.next == "}" else self.expression(TERM)
        self.take("}", "{", r"\partial")
        variable = self.quantity()
        self.take("}")
        return Derivative(formula or self.operand(), variable)

    def nabla(self) -> Formula:
        r"""Read \nabla_x f, or \nabla^2 f with respect to all parameters, which are theta."""
        variable = self.quantity() if self.accept("_") else Symbol("theta")
        twice = self.accept("^", "2")
        gradient = Derivative(self.factor(), variable)
        return Derivative(gradient, variable) if twice else gradient


@np.errstate(all="ignore")
def disagreements(tex: str, env: Environment, *, may_define: bool = False) -> list[float]:
    """Return the relative error of each relation in the TeX of a display.

    In one that `may_define`, a symbol without a value takes that of the side on its right.
    """
    rows = [row for row in NEXT_STATEMENT.split(SAME_CHAIN.sub(" ", tex)) if row.strip()]
    relations = [found for row in rows for found in Parser(row, env.functions).statement()]
    new = {
        left.full_name: right
        for left, _, right in relations
        if may_define and isinstance(left, Symbol) and not {left.name, left.full_name} & env.keys()
    }
    env = env.having(**new)
    list(points([*new.values()], env))  # they must mean something
    found = []
    for left, relation, right in relations:
        if relation == r"\leftarrow" and isinstance(left, Symbol):
            found.append(disagreement(Symbol(f"{left.full_name}_new"), right, env))
            env = env.having(**{left.full_name: right(env)})  # the next step begins there
        elif right not in new.values():
            found.append(disagreement(left, right, env))
    if not found:
        raise FormulaError("nothing to compare with")
    return found


def points(sides: Sequence[Formula], env: Environment) -> Iterator[list[Any]]:
    """Yield the values of sides for all values of what is free; a row is as good as a vector."""
    try:
        found = [np.asarray(side(env)) for side in sides]
    except Unbound as free:
        for value in free.args[1]:
            yield from points(sides, env.having(**{free.args[0]: value}))
    except Exception as error:  # whatever an operation says of values that do not suit it
        raise FormulaError(*error.args) from error
    else:
        yield [v[0] if v.ndim == 2 and len(v) == 1 else v for v in found]


def disagreement(left: Formula, right: Formula, env: Environment) -> float:
    """Return the largest difference, divided by the largest number unless one side is 0."""
    a, b = (np.stack(side) for side in zip(*points([left, right], env), strict=True))
    if a.shape != b.shape:
        raise FormulaError(f"the sides have shapes {a.shape[1:]} and {b.shape[1:]}")
    scales = np.abs(a).max(), np.abs(b).max()
    error = np.abs(a - b).max() / (max(scales) if min(scales) > 0 else 1.0)
    return float(error) if error < math.inf else math.inf  # NaN agrees with nothing
