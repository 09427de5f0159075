"""Prepare: the plan and its parts."""
