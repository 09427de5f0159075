"""Charts: one Vega-Lite grammar for the browser, for mails and for reports.

Grey band for the usual, ink line for what is, colour only where it is abnormal, a bell where an alert rang.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

VERSION = "6.4"
SNIPPET = "window.vegaEmbed = vegaEmbed;"

BELL = "M-.6,.35 L-.45,.1 L-.45,-.15 A.45,.45,0,0,1,.45,-.15 L.45,.1 L.6,.35 Z M-.15,.5 A.15,.15,0,0,0,.15,.5 Z"

LIGHT = {
    "ink": "#17324d",
    "muted": "#5b6b7b",
    "band": "#dfe5ea",
    "line": "#d7dde3",
    "surface": "#ffffff",
    "negative": "#b3261e",
    "alert": "#b3261e",
    "orange": "#c25700",
}
DARK = {
    "ink": "#cfe3f5",
    "muted": "#9fb0c0",
    "band": "#2b3947",
    "line": "#33414f",
    "surface": "#16202a",
    "negative": "#ff8a80",
    "alert": "#ff8a80",
    "orange": "#ffb070",
}


def bundle() -> Path:
    """Write vega, vega-lite and vega-embed as one module under the data directory's static files."""
    import vl_convert
    from django.conf import settings

    target: Path = settings.DATA_DIR / "static" / "charts.js"
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        target.write_text(vl_convert.javascript_bundle(SNIPPET, vl_version=VERSION), encoding="utf-8")
    return target


def band(
    points: list[list[float]],
    *,
    title: str,
    labels: dict[str, str],
    bells: list[int] | None = None,
    gaps: list[tuple[int, int]] | None = None,
    flags: list[tuple[int, str]] | None = None,
    height: int = 160,
    offset_ms: int = 0,
) -> dict[str, Any]:
    """Mentions over time inside the band of the usual.

    `points` are [start in ms, mentions, negative, usual, low, high]; `bells` the moments of alerts in ms; `gaps`
    stretches that could not be seen; `flags` our own acts, (moment in ms, word).
    `labels` names mentions, negative, usual, time. `offset_ms` is what the
    organisation's clock is ahead of UTC: charts show its time, wherever the browser stands.
    """
    names = LIGHT
    rows = [dict(zip(("t", "n", "neg", "usual", "low", "high"), point, strict=False)) for point in points]
    rows = [{**row, "t": row["t"] + offset_ms} for row in rows]
    time = {
        "field": "t",
        "type": "temporal",
        "scale": {"type": "utc"},
        "axis": {"title": None, "format": "%H:%M", "tickCount": 6, "grid": False},
    }
    tip = [
        {"field": "t", "timeUnit": "utcyearmonthdatehoursminutes", "title": labels["time"], "format": "%d/%m %H:%M"},
        {"field": "n", "type": "quantitative", "title": labels["mentions"]},
        {"field": "neg", "type": "quantitative", "title": labels["negative"]},
        {"field": "usual", "type": "quantitative", "title": labels["usual"], "format": ".1f"},
    ]
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "area", "color": names["band"], "interpolate": "monotone"},
            "encoding": {"x": time, "y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}},
        },
        {
            "mark": {"type": "area", "color": names["negative"], "opacity": 0.35, "interpolate": "monotone"},
            "encoding": {"x": time, "y": {"field": "neg", "type": "quantitative"}},
        },
        {
            "mark": {"type": "line", "color": names["ink"], "strokeWidth": 1.8, "interpolate": "monotone"},
            "encoding": {
                "x": time,
                "y": {"field": "n", "type": "quantitative", "axis": {"title": None, "tickCount": 4}},
                "tooltip": tip,
            },
        },
        {
            "mark": {"type": "point", "opacity": 0, "size": 120},
            "encoding": {"x": time, "y": {"field": "n", "type": "quantitative"}, "tooltip": tip},
        },
    ]
    if gaps:
        layers.insert(
            0,
            {
                "data": {"values": [{"a": a + offset_ms, "b": b + offset_ms} for a, b in gaps]},
                "mark": {"type": "rect", "color": names["line"], "opacity": 0.6},
                "encoding": {"x": {"field": "a", "type": "temporal", "scale": {"type": "utc"}}, "x2": {"field": "b"}},
            },
        )
    if bells:
        layers.append(
            {
                "data": {"values": [{"t": bell + offset_ms} for bell in bells]},
                "layer": [
                    {
                        "mark": {"type": "rule", "color": names["alert"], "strokeDash": [3, 3]},
                        "encoding": {"x": {"field": "t", "type": "temporal", "scale": {"type": "utc"}}},
                    },
                    {
                        "mark": {
                            "type": "point",
                            "shape": BELL,
                            "y": 9,
                            "size": 160,
                            "filled": True,
                            "color": names["alert"],
                            "opacity": 1,
                        },
                        "encoding": {"x": {"field": "t", "type": "temporal", "scale": {"type": "utc"}}},
                    },
                ],
            }
        )
    if flags:
        layers.append(_flags([(at + offset_ms, word) for at, word in flags], names))
    return {
        **_frame(title, height, rows, offset_ms),
        "layer": layers,
    }


FLAG = "M-.1,.6 L-.1,-.6 L.6,-.35 L0,-.1 L0,.6 Z"


def _flags(flags: list[tuple[int, str]], names: dict[str, str]) -> dict[str, Any]:
    """Our acts: a small flag at the bottom of each moment, its word on hover."""
    x = {"field": "t", "type": "temporal", "scale": {"type": "utc"}}
    return {
        "data": {"values": [{"t": at, "word": word} for at, word in flags]},
        "mark": {"type": "point", "shape": FLAG, "y": "height", "yOffset": -9, "size": 260, "filled": True}
        | {"color": names["ink"], "opacity": 0.9},
        "encoding": {"x": x, "tooltip": [{"field": "word", "type": "nominal", "title": " "}]},
    }


def columns(
    points: list[list[float]],
    *,
    title: str,
    labels: dict[str, str],
    step_ms: int,
    height: int = 110,
    offset_ms: int = 0,
    now_ms: int = 0,
) -> dict[str, Any]:
    """Mentions by step as columns, the negative part darker. `points` are [start in ms, mentions, negative].

    A step that is not over at `now_ms` is drawn pale and ends there: it is no fall.
    """
    ends = [min(t + step_ms, max(now_ms or math.inf, t)) for t, _, _ in points]
    rows = [
        {"t": t + offset_ms, "e": end + offset_ms, "n": n, "neg": neg, "over": int(end == t + step_ms)}
        for (t, n, neg), end in zip(points, ends, strict=True)
    ]
    span = points[-1][0] - points[0][0] if points else 0
    hours = "%H:%M" if span <= 50 * 3_600_000 else "%a %d/%m" if span <= 15 * 86_400_000 else "%d/%m"
    x = {
        "field": "t",
        "type": "temporal",
        "scale": {"type": "utc"},
        "axis": {"title": None, "format": hours, "tickCount": 7, "grid": False},
    }
    tip = [
        {"field": "t", "timeUnit": "utcyearmonthdatehoursminutes", "title": labels["time"], "format": "%d/%m %H:%M"},
        {"field": "n", "type": "quantitative", "title": labels["mentions"]},
        {"field": "neg", "type": "quantitative", "title": labels["negative"]},
    ]
    return {
        **_frame(title, height, rows, offset_ms),
        "layer": [
            {
                "params": [{"name": "brush", "select": {"type": "interval", "encodings": ["x"]}}],
                "mark": {"type": "rect", "color": LIGHT["muted"]},
                "encoding": {
                    "x": x,
                    "x2": {"field": "e"},
                    "tooltip": tip,
                    "opacity": _paler(0.55),
                    "y": {"field": "n", "type": "quantitative", "axis": {"title": None, "tickCount": 3}},
                    "y2": {"datum": 0},
                },
            },
            {
                "mark": {"type": "rect", "color": LIGHT["negative"]},
                "encoding": {
                    "x": x,
                    "x2": {"field": "e"},
                    "tooltip": tip,
                    "opacity": _paler(0.75),
                    "y": {"field": "neg", "type": "quantitative"},
                    "y2": {"datum": 0},
                },
            },
        ],
    }


def _paler(opacity: float) -> dict[str, Any]:
    """The opacity of a column, a third of it while its step is not over."""
    return {"condition": {"test": "datum.over == 0", "value": round(opacity / 3, 2)}, "value": opacity}


def _frame(title: str, height: int, rows: list[dict[str, Any]], offset_ms: int) -> dict[str, Any]:
    """What every chart has around its layers."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "usermeta": {"offset": offset_ms},
        "description": title,
        "width": "container",
        "height": height,
        "data": {"values": rows},
        "config": _config(LIGHT),
    }


def _config(names: dict[str, str]) -> dict[str, Any]:
    return {
        "background": None,
        "view": {"stroke": None},
        "font": "system-ui, sans-serif",
        "axis": {
            "labelColor": names["muted"],
            "gridColor": names["line"],
            "domainColor": names["line"],
            "tickColor": names["line"],
            "labelFontSize": 11,
        },
        "locale": {
            "time": FRENCH,
            "number": {"decimal": ",", "thousands": "\u202f", "grouping": [3], "currency": ["", " €"]},
        },
    }


FRENCH = {
    "dateTime": "%A %e %B %Y à %X",
    "date": "%d/%m/%Y",
    "time": "%H:%M:%S",
    "periods": ["AM", "PM"],
    "days": ["dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"],
    "shortDays": ["dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."],
    "months": [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    "shortMonths": ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
}


def png(spec: dict[str, Any], *, width: int = 640) -> bytes:
    """The same chart as a picture, for mails."""
    import vl_convert

    fixed = {**spec, "width": width, "config": {**spec["config"], "background": "white"}}
    fixed["config"].pop("locale", None)
    return bytes(vl_convert.vegalite_to_png(fixed, vl_version=VERSION, scale=2))
