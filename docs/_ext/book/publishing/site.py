"""The finished site, made of what Sphinx has written, and put in place when it is complete.

Sphinx writes to ``build/sphinx/html``; readers get ``build/html``.  On the way from one to the
other

* all style sheets become one small sheet, and ``style`` attributes become classes;
* what pages load lies in one folder, at an address that stays, with a query that changes with
  its content: a browser may keep it, and a page that a browser has kept still finds it;
* long lines of code can wrap where the screen is narrow;
* each page gets a Content-Security-Policy that allows what it has and nothing else;
* what no page uses stays behind.

A site is made in a folder beside ``build/html`` and takes its place by two renames.
"""

from __future__ import annotations

import filecmp
import os
import re
import shutil
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin

from rjsmin import jsmin
from sphinx.errors import ExtensionError

from book.publishing.stylesheet import HEAD, STYLE, sheet
from book.publishing.wrapping import TAG, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx.application import Sphinx

ASSETS = "assets"
OWN = Path(__file__).parents[3] / "_static"  # readable, with comments
STABLE = ("card.png", "downloads/*", "objects.inv")  # others have written these addresses down
SITE_MAP = """\
<?xml version="1.0" encoding="utf-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
{}
</urlset>"""
UNLISTED = {"404.html", "search.html", "genindex.html"}  # not for a search engine's result

THEMED = "data-content_root"  # a page without it brings a sheet of its own

CHARSET = re.compile(r'<meta charset="utf-8" ?/?>')
INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)
STYLED = re.compile(r'\sstyle="([^"]*)"')
CLASSED = re.compile(r'\sclass="')
LOADED = re.compile(r'(?<=\s)(src|href|data-poster)="([^"#?:]+)(\?[^"#]*)?')
URL = re.compile(r"""url\((["']?)(?!data:)([^"')#?]+)[^"')]*\1\)""")


@dataclass(frozen=True)
class Assets:
    """Files that pages load."""

    raw: Path
    site: Path
    known: dict[Path, str] = field(default_factory=dict)

    def address(self, source: Path) -> str:
        """Where a file is, from the top of the site."""
        if source not in self.known:
            ours = source.suffix == ".js" and Path(OWN, source.name).exists()
            text = jsmin(source.read_text("utf-8")) if ours else source.read_bytes()
            self.known[source] = self.add(source.name, text)
            terms = source.with_name(f"{source.name}.LICENSE.txt")
            if terms.exists():
                shutil.copyfile(terms, self.site / ASSETS / terms.name)
        return self.known[source]

    def add(self, name: str, text: str | bytes) -> str:
        """Write a file, and say where."""
        data, path = text.encode() if isinstance(text, str) else text, self.site / ASSETS / name
        if path.exists() and path.read_bytes() != data:
            raise ExtensionError(f"two files that pages load have the name {name}")
        path.write_bytes(data)
        return f"{ASSETS}/{name}?v={sha256(data).hexdigest()[:10]}"

    def add_sheet(self, css: str) -> str:
        """Write the style sheet; what it loads lies beside it."""

        def beside(found: re.Match[str]) -> str:
            name = self.address(self.raw / "_static" / found[2]).partition("/")[2]
            return f'url("{name}")'

        return self.add("site.css", URL.sub(beside, css))


def class_names(pages: dict[str, str]) -> dict[str, str]:
    """A class for each ``style`` attribute: a policy that forbids inline styles forbids them.

    The names are not those of others: ``s1`` is a string in code that is highlighted.

    >>> class_names({"a": '<p style="x: y">', "b": '<b class="c" style="x: y"><i style="a: b">'})
    {'a: b': 'style-0', 'x: y': 'style-1'}
    """
    tags = (tag[0] for text in pages.values() for tag in TAG.finditer(text))
    found = sorted({style for tag in tags for style in STYLED.findall(tag)})
    return {style: f"style-{number}" for number, style in enumerate(found)}


def class_rules(names: dict[str, str]) -> str:
    """The rules of these classes, which win over others as the attributes did."""
    return "".join(f"{f'.{name}' * 4}{{{unescape(style)}}}" for style, name in names.items())


def without_style(tag: str, names: dict[str, str]) -> str:
    """A tag with a class in place of its ``style``.

    >>> without_style('<b class="c" style="x: y">', {"x: y": "style-1"})
    '<b class="style-1 c">'
    >>> without_style('<b style="x: y" id="z">', {"x: y": "style-1"})
    '<b class="style-1" id="z">'
    """
    style = STYLED.search(tag)
    if not style:
        return tag
    rest = STYLED.sub("", tag, count=1)
    if CLASSED.search(rest):
        return CLASSED.sub(f' class="{names[style[1]]} ', rest, count=1)
    return STYLED.sub(f' class="{names[style[1]]}"', tag, count=1)


def rewrite(name: str, text: str, assets: Assets, names: dict[str, str], css: str) -> str:
    """A page that loads the assets, with its policy."""
    root = "../" * name.count("/")
    folder = (assets.raw / name).parent

    def attribute(found: re.Match[str]) -> str:
        target = Path(os.path.normpath(folder / unquote(unescape(found[2]))))
        inside = target.relative_to(assets.raw) if target.is_relative_to(assets.raw) else None
        stays = inside is None or target.suffix == ".html" or any(map(inside.match, STABLE))
        if stays or not target.is_file():
            return found[0]
        return f'{found[1]}="{root}{assets.address(target)}'

    def tag(found: re.Match[str]) -> str:
        return LOADED.sub(attribute, without_style(found[0], names))

    if THEMED in text:
        link = f'<link rel="stylesheet" href="{root}{css}">'
        text = HEAD.sub(
            lambda head: STYLE.sub("", head[0]).replace("</head>", f"{link}</head>"), text
        )
    return with_policy(TAG.sub(tag, text))


def with_policy(text: str) -> str:
    """A page that says what its reader's browser may do for it.

    >>> print(with_policy('<head><meta charset="utf-8"><script>let a</script>'))
    <head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src \
'self'; img-src 'self' data:; script-src 'self' \
'sha256-IfEXP/8HLuXoAiy0hZVrCAcjcLsZqYFpLOHDGj8enqE='; object-src 'none'; base-uri 'none'; \
form-action 'self'"><script>let a</script>
    """
    rules = {"default-src": "'self'", "img-src": "'self' data:"}
    for element in ("script", "style"):
        inline = {code for kind, code in INLINE.findall(text) if kind == element}
        hashes = [b64encode(sha256(code.encode()).digest()).decode() for code in sorted(inline)]
        if hashes:
            rules[f"{element}-src"] = " ".join(["'self'", *(f"'sha256-{h}'" for h in hashes)])
    rules |= {"object-src": "'none'", "base-uri": "'none'", "form-action": "'self'"}
    policy = "; ".join(f"{name} {allowed}" for name, allowed in rules.items())
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    whole, found = CHARSET.subn(rf"\g<0>{meta}", text, count=1)
    if not found:
        raise ExtensionError("a page has no place for its policy: no <meta charset>")
    return whole


def make(raw: Path, site: Path, url: str) -> None:
    """Make the site in a new folder; ``url`` is where it will be, if that is known."""
    (site / ASSETS).mkdir(parents=True)
    pages = {
        path.relative_to(raw).as_posix(): wrap(path.read_text("utf-8"))
        for path in sorted(raw.rglob("*.html"))
    }
    assets, names = Assets(raw, site), class_names(pages)
    themed = {name: text for name, text in pages.items() if THEMED in text}
    css = assets.add_sheet(sheet(raw, themed) + class_rules(names))
    files = {name: rewrite(name, text, assets, names, css) for name, text in pages.items()}
    for name, text in (files | notices(pages, url)).items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text, "utf-8", newline="\n")
    for path in sorted(path for pattern in STABLE for path in raw.glob(pattern)):
        (site / path.relative_to(raw)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, site / path.relative_to(raw))


def notices(pages: Iterable[str], url: str) -> dict[str, str]:
    """What a host and a search engine look for; a site map needs to know the site's address.

    >>> print(notices(["a.html", "index.html"], "https://example.org/book/")["sitemap.xml"])
    <?xml version="1.0" encoding="utf-8"?>
    <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
    <url><loc>https://example.org/book/</loc></url>
    <url><loc>https://example.org/book/a.html</loc></url>
    </urlset>
    """
    files = {".nojekyll": ""}
    if url:
        listed = sorted(page.removesuffix("index.html") for page in {*pages} - UNLISTED)
        places = "\n".join(f"<url><loc>{escape(urljoin(url, page))}</loc></url>" for page in listed)
        files["sitemap.xml"] = SITE_MAP.format(places)
        files["robots.txt"] = f"User-agent: *\nAllow: /\nSitemap: {urljoin(url, 'sitemap.xml')}\n"
    return files


def same(one: Path, other: Path) -> bool:
    """Whether two folders hold the same files."""
    names = [
        sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        for folder in (one, other)
    ]
    return names[0] == names[1] and filecmp.cmpfiles(one, other, names[0], shallow=False)[1:] == (
        [],
        [],
    )


def put_in_place(new: Path, site: Path) -> None:
    """Let a complete site take the place of the one before, unless it is the same."""
    if not same(new, site):
        old = site.with_name(f"{site.name}.old")
        if site.exists():
            site.rename(old)
        new.rename(site)
    clear(site)


def clear(site: Path) -> None:
    """Put back what a build that was killed has moved away, and remove what it has left."""
    old, new = (site.with_name(f"{site.name}.{word}") for word in ("old", "new"))
    if old.exists() and not site.exists():
        old.rename(site)
    for left in (old, new):
        shutil.rmtree(left, ignore_errors=True)


def publish(app: Sphinx) -> None:
    """Publish what a build without any fault has written."""
    site = Path(app.confdir, "build", "html")
    if Path(app.outdir) != site:  # if you ask Sphinx to write there you want what it writes
        new = site.with_name(f"{site.name}.new")
        make(Path(app.outdir), new, app.config.html_baseurl)
        put_in_place(new, site)
