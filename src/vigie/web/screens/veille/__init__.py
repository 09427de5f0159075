"""Veille: mentions as they arrive, filtered, searched, corrected, exported."""
