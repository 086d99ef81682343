"""A line and its crowd under a clock that a program turns: hours of waiting in seconds, on the real scripts."""
