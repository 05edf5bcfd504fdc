"""The finished site, made of what Sphinx has written, and put in place in one step.

Sphinx writes to ``build/sphinx/html`` and keeps its memory there; readers get ``build/html``.
On the way from one to the other

* all style sheets become one small sheet, and ``style`` attributes become classes;
* each file that a page loads gets a name that changes with its content, so that a browser may
  keep it for ever; pages, downloads and what others link to stay where they are;
* long lines of code can wrap where the screen is narrow;
* each page gets a Content-Security-Policy that allows what it has and nothing else;
* what no page uses stays behind.

A site is made in a folder of its own, and ``build/html`` is a link that is moved to it: there
is no moment at which a reader sees half of it, and a build that fails changes nothing.
"""

from __future__ import annotations

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

from sphinx.errors import ExtensionError

from fresh import CODE, PAGES, digest
from lean import HEAD, STYLE, code, sheet
from wrapping import TAG, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

ASSETS = "assets"
OWN = Path(__file__).parents[1] / "_static"  # readable, with comments
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
    """Files that pages load, copied under names that tell their content."""

    raw: Path
    site: Path
    known: dict[Path, str] = field(default_factory=dict)

    def address(self, source: Path) -> str:
        """Where a file is, from the top of the site."""
        if source not in self.known:
            ours = source.suffix == ".js" and Path(OWN, source.name).exists()
            data = code(source.read_text("utf-8")).encode() if ours else source.read_bytes()
            self.known[source] = self.add(source.name, data)
            terms = source.with_name(f"{source.name}.LICENSE.txt")
            if terms.exists():
                shutil.copyfile(terms, self.site / ASSETS / terms.name)
        return self.known[source]

    def add(self, name: str, data: bytes) -> str:
        """Write a file, and say where."""
        content, path = sha256(data).hexdigest(), Path(name)
        stem = "" if path.stem == content else f"{path.stem}."  # MyST-NB names pictures like that
        address = f"{ASSETS}/{stem}{content[:10]}{path.suffix}"
        (self.site / address).write_bytes(data)
        return address

    def add_sheet(self, css: str) -> str:
        """Write the style sheet; what it loads lies beside it."""

        def beside(found: re.Match[str]) -> str:
            name = self.address(self.raw / "_static" / found[2]).partition("/")[2]
            return f'url("{name}")'

        return self.add("site.css", URL.sub(beside, css).encode())


def class_names(pages: dict[str, str]) -> dict[str, str]:
    """A class for each ``style`` attribute: a policy that forbids inline styles forbids them.

    The names are not those of others: ``s1`` is a string in code that is highlighted.

    >>> class_names({"a": '<p style="x: y">', "b": '<b class="c" style="x: y"><i style="a: b">'})
    {'a: b': 'style-0', 'x: y': 'style-1'}
    """
    found = {
        style
        for text in pages.values()
        for tag in TAG.finditer(text)
        for style in STYLED.findall(tag[0])
    }
    return {style: f"style-{number}" for number, style in enumerate(sorted(found))}


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
    for name, text in pages.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(rewrite(name, text, assets, names, css), "utf-8")
    for path in sorted(path for pattern in STABLE for path in raw.glob(pattern)):
        (site / path.relative_to(raw)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, site / path.relative_to(raw))
    for name, text in notices(pages, url).items():
        (site / name).write_text(text, "utf-8")


def notices(pages: Iterable[str], url: str) -> dict[str, str]:
    """What a host and a search engine look for; a site map needs to know the site's address.

    >>> print(notices(["a.html", "index.html"], "https://example.org/book/")["sitemap.xml"])
    <?xml version="1.0" encoding="utf-8"?>
    <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
    <url><loc>https://example.org/book/</loc></url>
    <url><loc>https://example.org/book/a.html</loc></url>
    </urlset>
    """
    files = {
        ".nojekyll": "",
        "_headers": f"/{ASSETS}/*\n  Cache-Control: public, max-age=31536000, immutable\n",
    }
    if url:
        listed = sorted(page.removesuffix("index.html") for page in {*pages} - UNLISTED)
        places = "\n".join(f"<url><loc>{escape(urljoin(url, page))}</loc></url>" for page in listed)
        files["sitemap.xml"] = SITE_MAP.format(places)
        files["robots.txt"] = f"User-agent: *\nAllow: /\nSitemap: {urljoin(url, 'sitemap.xml')}\n"
    return files


def put_in_place(site: Path, link: Path) -> None:
    """Move the link to a site, in one step; the site before stays for readers who have it open."""
    before = link.resolve() if link.is_symlink() else None
    if link.exists() and before is None:
        shutil.rmtree(link)  # of a build that knew no links
    new = link.with_name(f"{link.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(os.path.relpath(site, link.parent), target_is_directory=True)
    new.replace(link)
    for other in site.parent.iterdir():
        if other.resolve() not in (site.resolve(), before):
            shutil.rmtree(other)


def publish(app: Sphinx, exception: Exception | None) -> None:
    """Publish what a build without any fault has written, unless it is what is there."""
    if exception or app._warncount or app.builder.name != "html":
        return
    raw, root = Path(app.outdir), Path(app.confdir)
    said = sorted(app.config.overrides.items()), app.config.html_baseurl
    state = sha256(f"{digest(root, *CODE, *PAGES)} {said}".encode()).hexdigest()[:16]
    site, link = root / "build" / "sites" / state, root / "build" / "html"
    if raw == link:
        return  # if you ask Sphinx to write there you want what it writes
    if not (link.is_symlink() and link.resolve() == site.resolve()):
        shutil.rmtree(site, ignore_errors=True)
        make(raw, site, app.config.html_baseurl)
        put_in_place(site, link)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Run when all others have written what they write, and before the build counts as done."""
    app.connect("build-finished", publish, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
