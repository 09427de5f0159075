"""Files: exports of other tools, recognised by their columns."""

from vigie.networks.record import About, Batch

from .export import Export, Unrecognised, open_export

about = About(
    key="files",
    label="File",
    mark="▤",
    help="",
    fields=(),
    addable=False,
)


def read(settings: dict[str, object], cursor: dict[str, object]) -> list[Batch]:
    """Files are taken in when they are given; there is nothing to read again."""
    return []


__all__ = ["Export", "Unrecognised", "about", "open_export", "read"]
