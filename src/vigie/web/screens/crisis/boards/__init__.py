"""The screens of the boards: one file each; `table.py` lists their addresses."""
