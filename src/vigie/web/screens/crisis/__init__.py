"""The crisis room: who may come in, opening it, living in it, and what is seen from outside."""
