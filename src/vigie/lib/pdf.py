"""PDF by typst: a document is a list of blocks, each a kind and its text; nothing of a text is ever run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import typst


@dataclass(frozen=True)
class Block:
    """`h1`, `h2`, `h3`, `p`, `small`, `li`, or `table` with its rows (the first one is its head)."""

    kind: str
    text: str = ""
    rows: Sequence[Sequence[str]] = field(default_factory=list)


HEAD = """#set document(title: {title})
#set page(paper: "a4", margin: 20mm, numbering: "1 / 1", header: align(right, text(8pt, fill: gray, {title})))
#set text(font: "Libertinus Serif", size: 10.5pt, lang: {lang})
#set par(justify: false)
#show heading: set block(above: 1.2em, below: 0.6em)
"""


def quoted(text: str) -> str:
    """A text as a typst string: its characters and nothing else.

    >>> quoted('a "b" #c')
    '"a \\\\"b\\\\" #c"'
    """
    clean = "".join(c for c in text if c >= " " or c in "\n\t")
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _source(block: Block) -> str:
    match block.kind:
        case "h1" | "h2" | "h3":
            return f"#heading(level: {block.kind[1]}, {quoted(block.text)})"
        case "li":
            return f"#list([#{quoted(block.text)}])"
        case "small":
            return f"#text(8.5pt, fill: luma(90), {quoted(block.text)})\n"
        case "table":
            width = max(len(row) for row in block.rows)
            cells = ", ".join(f"[#{quoted(cell)}]" for row in block.rows for cell in [*row, *[""] * (width - len(row))])
            return f"#table(columns: ({'1fr, ' * width}), stroke: 0.4pt + gray, inset: 5pt, {cells})"
        case _:
            return f"#par([#{quoted(block.text)}])"


def pdf(title: str, blocks: Iterable[Block], *, language: str = "fr") -> bytes:
    """The document as PDF."""
    head = HEAD.format(title=quoted(title), lang=quoted(language))
    source = head + "\n".join(_source(block) for block in blocks)
    return bytes(typst.compile(source.encode(), format="pdf"))
