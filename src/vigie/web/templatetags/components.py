"""Pieces that several pages share: a dialog with its form, whom a thing is given to, a button that removes."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_block_tag(takes_context=True)
def dialog(context: Any, content: str, key: str, do: str, **given: Any) -> SafeString:
    """A dialog with a form around its fields. `do` is what its button says.

    `title`, or `about=True` where the page says what it is about when it opens; `intro`, a sentence; `action`, the
    address (the opening button gives it, if empty); `draft`, where what is typed is kept; `live=False`, where the
    answer is a page; `wide=True`.
    """
    shown = {"key": key, "do": do, "live": True, "fields": content, **given}
    if "draft" in given:
        shown["draft"] = f"{given['draft']}-{context['crisis'].number}"
    return render_to_string("vigie/parts/dialog.html", shown, request=context.get("request"))


@register.inclusion_tag("vigie/parts/owner.html", takes_context=True)
def owner(context: Any, ident: str, label: str, nobody: str) -> dict[str, Any]:
    """A list of the people of the room, or nobody."""
    return {"ident": ident, "label": label, "nobody": nobody, "people": context["people"]}


@register.inclusion_tag("vigie/parts/remove.html", takes_context=True)
def remove(context: Any, url: str, name: str, confirm: str, say: str = "") -> dict[str, Any]:
    """A button that removes what is named, once it was confirmed."""
    return {"url": url, "name": name, "confirm": confirm, "say": say, "csrf_token": context.get("csrf_token")}


@register.simple_block_tag
def empty(content: str, title: str) -> SafeString:
    """What stands where a list has nothing yet: why, and what to do."""
    return render_to_string("vigie/parts/empty.html", {"title": title, "content": content})
