"""Charts: one Vega-Lite grammar for the browser, for mails and for reports."""

from __future__ import annotations

from pathlib import Path

import vl_convert

VERSION = "5.21"
SNIPPET = "window.vegaEmbed = vegaEmbed;"


def bundle() -> Path:
    """Write vega, vega-lite and vega-embed as one module under the data directory's static files."""
    from django.conf import settings

    target: Path = settings.DATA_DIR / "static" / "charts.js"
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        target.write_text(vl_convert.javascript_bundle(SNIPPET, vl_version=VERSION), encoding="utf-8")
    return target
