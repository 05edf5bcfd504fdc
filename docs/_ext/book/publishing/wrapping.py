"""Long lines of code and output wrap where the screen is narrow, with a hanging indent.

What a highlighter marks only to give it the colour of all code loses its mark, which a
phone would have to load, style and place.

A style sheet can wrap lines, but only the first line of a box can hang.  So each line that may be
too long for a phone becomes an element, with a class that says how far it is indented.  The line
breaks stay between the elements as they were, so what is copied is the code and nothing else.

A browser may break a line between a formula and the comma after it: such a pair becomes an element.
"""

from __future__ import annotations

import re
from html import unescape

PRE = re.compile(r"(<pre>)(.*?)(</pre>)", re.DOTALL)
# Names, punctuation and white space, but in a link, which has a colour of its own
PLAIN = re.compile(r'(<a\b.*?</a>)|<span class="(?:n|nn|p|w)">([^<]*)</span>', re.DOTALL)
# A formula, and what must not be parted from it
FORMULA = re.compile(r"([(\[“]*)(<math\b.*?</math>)([.,;:?!)\]”]*)", re.DOTALL)
TAG = re.compile(r"<(/?)(\w+)[^<>]*>")
FITS = 30  # characters that fit on the narrowest screen
DEEPEST = 12  # an indent beyond this one is treated like it


def is_whole(line: str) -> bool:
    """Whether all elements that a line opens are closed in it, in order.

    >>> is_whole("<b>a <i>b</i></b>"), is_whole("<b>a"), is_whole("a</b> <b>")
    (True, False, False)
    """
    opened: list[str] = []
    for closes, name in TAG.findall(line):
        if not closes:
            opened.append(name)
        elif not opened or opened.pop() != name:
            return False
    return not opened


def hang_line(line: str) -> str:
    """A line as an element, if it is long.

    >>> hang_line("short")
    'short'
    >>> hang_line("    " + "long " * 7)
    '<span class="hang hang-4">    long long long long long long long </span>'
    """
    text = unescape(TAG.sub("", line))
    if len(text) <= FITS or not is_whole(line):
        return line
    indent = min(len(text) - len(text.lstrip()), DEEPEST) // 4 * 4
    return f'<span class="hang hang-{indent}">{line}</span>'


def wrap(page: str) -> str:
    r"""A page whose long lines may wrap, but not between a formula and its punctuation.

    >>> print(wrap("<pre><span></span>" + "long " * 7 + "\nshort</pre>"))
    <pre><span class="hang hang-0"><span></span>long long long long long long long </span>
    short</pre>
    >>> print(wrap('<pre><span class="n">a</span> <a><span class="n">b</span></a></pre>'))
    <pre>a <a><span class="n">b</span></a></pre>
    >>> print(wrap("with <math>x</math> and (<math>y</math>),"))
    with <math>x</math> and <span class="joined">(<math>y</math>),</span>
    """

    def lines(found: re.Match[str]) -> str:
        code = PLAIN.sub(lambda mark: mark[1] or mark[2], found[2])
        return found[1] + "\n".join(map(hang_line, code.split("\n"))) + found[3]

    def join(found: re.Match[str]) -> str:
        before, formula, after = found.groups()
        return f'<span class="joined">{found[0]}</span>' if before or after else formula

    return FORMULA.sub(join, PRE.sub(lines, page))
