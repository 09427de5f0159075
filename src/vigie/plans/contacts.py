"""The directory in and out: CSV, vCard, and a copy locked by a password."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice

import pyzipper
import vobject
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from vigie.lib.text import fold

from .models import Contact

COLUMNS = [
    "name",
    "function",
    "company",
    "group",
    "phone",
    "emergency",
    "email",
    "influence",
    "interest",
    "position",
    "notes",
]
NAMES = {
    "nom": "name", "fonction": "function", "poste": "function", "organisation": "company", "societe": "company",
    "groupe": "group", "telephone": "phone", "tel": "phone", "mobile": "phone", "urgence": "emergency",
    "courriel": "email", "mail": "email", "e-mail": "email", "adresse e-mail": "email", "interet": "interest",
    "remarques": "notes", "commentaire": "notes",
}  # fmt: skip
MOST = 5_000
GROUPS = {fold(str(value)): value for value in Contact.Group.values}


class BadFile(ValueError):
    """A file that holds no contact, with the sentence that says why."""


def from_csv(text: str) -> tuple[list[Contact], list[str]]:
    """Contacts of a CSV file, and a sentence for each row that could not be taken. Raises BadFile."""
    try:
        dialect = csv.Sniffer().sniff(text[:4_000], delimiters=",;\t")
    except csv.Error:
        dialect = csv.excel
    reader = csv.DictReader(text.splitlines(), dialect=dialect)
    columns = {head: NAMES.get(fold(head).strip(), fold(head).strip()) for head in reader.fieldnames or []}
    if "name" not in columns.values():
        raise BadFile(_("the first row names no column “name” (or “nom”)"))
    rows = ({columns[head]: value for head, value in row.items() if head in columns} for row in reader)
    try:
        return _checked(rows)
    except csv.Error as error:
        raise BadFile(f"the rows after the names cannot be read: {error}") from error


def _checked(rows: Iterable[dict[str, str | None]]) -> tuple[list[Contact], list[str]]:
    found, wrong = [], []
    for n, row in enumerate(rows, 2):
        if n > MOST:
            wrong.append(_("row %(n)s: only %(most)s contacts are taken at once") % {"n": n, "most": MOST})
            break
        try:
            found.append(_contact(row))
        except (ValueError, ValidationError) as error:
            why = "; ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            wrong.append(_("row %(n)s: %(why)s") % {"n": n, "why": why})
    return found, wrong


def _contact(row: dict[str, str | None]) -> Contact:
    values = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if not values["name"]:
        raise ValueError(_("no name"))
    made = Contact(
        name=values["name"],
        function=values["function"],
        company=values["company"],
        group=GROUPS.get(fold(values["group"]), Contact.Group.PARTNERS),
        phone=values["phone"],
        emergency=values["emergency"],
        email=values["email"],
        influence=_scale(values["influence"]),
        interest=_scale(values["interest"]),
        position=values["position"] if values["position"] in Contact.Position.values else Contact.Position.NEUTRAL,
        notes=values["notes"],
    )
    made.clean_fields(exclude=["organisation", "checked_at"])
    made.given = {name for name, value in values.items() if value}  # type: ignore[attr-defined]
    return made


def _scale(text: str) -> int:
    if not text:
        return 3
    if not text.isdigit() or not 1 <= int(text) <= 5:
        raise ValueError(_("“%(text)s” is not a whole number from 1 to 5") % {"text": text})
    return int(text)


FRENCH = dict(
    zip(
        COLUMNS,
        "nom fonction organisation groupe téléphone urgence courriel influence intérêt position remarques".split(),
        strict=True,
    )
)


def to_csv(contacts: Iterable[Contact], language: str = "en") -> str:
    """A spreadsheet as the readers of a language expect it."""
    room = io.StringIO()
    writer = csv.writer(room, delimiter=";" if language == "fr" else ",")
    writer.writerow([FRENCH[name] if language == "fr" else name for name in COLUMNS])
    writer.writerows([[_harmless(str(getattr(c, name))) for name in COLUMNS] for c in contacts])
    return room.getvalue()


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet will not take for a formula; telephone numbers keep their plus."""
    number = cell[:1] == "+" and not cell.strip("+0123456789 .-()")
    return "'" + cell if cell[:1] in ("=", "-", "@", "+", "\t", "\r") and not number else cell


def from_vcards(text: str) -> tuple[list[Contact], list[str]]:
    """Contacts of a vCard file. Raises BadFile."""
    try:
        cards = list(islice(vobject.readComponents(text), MOST))
    except Exception as error:  # the library raises many kinds
        raise BadFile(f"this is not a vCard file: {error}") from error
    return _checked(_row(card) for card in cards)


def _row(card: object) -> dict[str, str | None]:
    def text(name: str) -> str:
        value = getattr(getattr(card, name, None), "value", "")
        return " ".join(value) if isinstance(value, list) else str(value)

    phones = [str(tel.value) for tel in getattr(card, "tel_list", [])]
    return {
        "name": text("fn"),
        "function": text("title"),
        "company": text("org"),
        "phone": phones[0] if phones else "",
        "emergency": phones[1] if len(phones) > 1 else "",
        "email": text("email"),
        "notes": text("note"),
    }


def to_vcards(contacts: Iterable[Contact]) -> str:
    return "".join(_cards(contacts))


def _cards(contacts: Iterable[Contact]) -> Iterator[str]:
    for contact in contacts:
        card = vobject.vCard()
        card.add("fn").value = contact.name
        card.add("n").value = vobject.vcard.Name(family=contact.name)
        for name, value in (("title", contact.function), ("email", contact.email), ("note", contact.notes)):
            if value:
                card.add(name).value = value
        if contact.company:
            card.add("org").value = [contact.company]
        for number in filter(None, (contact.phone, contact.emergency)):
            card.add("tel").value = number
        yield str(card.serialize())


def locked(files: dict[str, bytes], password: str) -> bytes:
    """A ZIP file that opens with the password (AES-256), in any usual tool."""
    room = io.BytesIO()
    with pyzipper.AESZipFile(room, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as box:
        box.setpassword(password.encode())
        for name, body in files.items():
            box.writestr(name, body)
    return room.getvalue()
