"""Addresses of the whole house."""

from __future__ import annotations

from django.urls import path

urlpatterns: list[object] = []
