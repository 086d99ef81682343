"""The benchmarks of `make bench`: what the platform serves on one core, beside a bare endpoint in the same run.

machine     which core does what
servers     MariaDB, Redis, and the web servers that are measured
calls       requests as bytes, in files that wrk plays (replay.lua)
stage       the performances, buyers and orders that the calls are about
workloads   what is measured, and the rates aimed at
rounds      the measuring
report      table, JSON, Markdown and plots
plain       POST /api/orders as plain DRF and ORM, to compare with
"""
