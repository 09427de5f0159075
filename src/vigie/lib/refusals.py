"""An act that was not done, and why: a code for programs, a sentence for the person who asked.

Whatever else an act raises is a mistake of ours, and is answered by an error page, never by a sentence to its user.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _


class Refused(Exception):
    """Nothing was written. `sentence` is marked for translation where it stands, and filled in with `values`."""

    def __init__(self, code: str, sentence: str, **values: Any) -> None:
        super().__init__(code)
        self.code, self.sentence, self.values = code, sentence, values

    def __str__(self) -> str:
        """The sentence in the reader's language."""
        return _(self.sentence) % self.values if self.values else _(self.sentence)


class Conflict(Refused):
    """Somebody else was faster; the sentence says what they did."""
