"""Six journeys for k6 (README.md), and `make k6`, which plays them on a platform of its own.

options     the command line
players     what plays a script: a k6 that is installed, or player/
stages      the performances, people and counselors of a journey
findings    what the database says of it afterwards
journeys    the six, with what each needs
record      what a run leaves
document    the tables of README.md, README.ko.md and docs/performance.md
"""
