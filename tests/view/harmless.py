"""What a page may hold: parse HTML as a browser would and name everything that is not on the list."""

from __future__ import annotations

from html.parser import HTMLParser

#: Tags and attributes of our own HTML.
OURS = {
    "div": {"class", "role", "aria-label", "style"},
    "details": {"open", "style"},
    "summary": {"style"},
    "pre": {"style", "aria-label"},
    "span": {"style", "aria-hidden"},
    "strong": {"style"},
}
#: Tags that Markdown may become, with their attributes.
MARKDOWN: dict[str, set[str]] = {
    **{
        tag: set()
        for tag in ("p", "br", "hr", "em", "strong", "del", "ul", "blockquote", "table", "thead", "tbody", "tr")
    },
    **{tag: {"id"} for tag in ("h1", "h2", "h3", "h4", "h5", "h6")},
    **{tag: {"style"} for tag in ("th", "td")},
    "a": {"href", "class"},
    "code": {"class"},
    "div": {"class"},
    "pre": {"class"},
    "span": {"class", "style"},
    "ol": {"start"},
    "li": {"class"},
    "img": {"src", "alt"},
    "input": {"type", "class", "disabled", "checked"},
}
_SCHEMES = ("http://", "https://", "mailto:", "#")


class _Audit(HTMLParser):
    def __init__(self, allowed: dict[str, set[str]]) -> None:
        super().__init__(convert_charrefs=True)
        self.allowed = allowed
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.allowed:
            self.found.append(f"<{tag}>")
            return
        for name, value in attrs:
            said = value or ""
            if name not in self.allowed[tag]:
                self.found.append(f"<{tag} {name}>")
            elif name == "href" and not said.lower().startswith(_SCHEMES):
                self.found.append(f"<a href={said}>")
            elif name == "src" and not said.startswith("data:image/"):
                self.found.append(f"<img src={said}>")
            elif name == "style" and ("url(" in said or "position" in said or "expression" in said or "@" in said):
                self.found.append(f"style={said}")

    handle_startendtag = handle_starttag

    def handle_comment(self, data: str) -> None:
        self.found.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.found.append(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self.found.append(f"<?{data}>")

    def unknown_decl(self, data: str) -> None:
        self.found.append(f"<![{data}>")


def harmful(html: str, allowed: dict[str, set[str]]) -> list[str]:
    """Everything in a piece of HTML that is not allowed."""
    audit = _Audit(allowed)
    audit.feed(html)
    audit.close()
    return audit.found


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text_of(html: str) -> str:
    """The text a reader sees."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return "".join(reader.parts)
