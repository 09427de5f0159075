"""The networks that Vigie reads: one line each. Adding one is copying a folder and writing its line here."""

from __future__ import annotations

from types import ModuleType

from . import bluesky, files, mastodon, rss, simulated, webhook

NETWORKS: dict[str, ModuleType] = {
    module.about.key: module for module in (rss, mastodon, bluesky, webhook, simulated, files)
}
