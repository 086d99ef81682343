"""The state of every seat of a performance, in Redis: its keys, its forms, reading it, blocking seats."""
