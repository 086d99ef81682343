"""The benchmarks of `make bench`: what the platform serves on one core, beside a bare endpoint in the same run.

machine     which core does what
servers     MariaDB, Redis, and the web servers that are measured
calls       requests as bytes, in files that wrk plays (replay.lua)
provider    a payment provider that costs next to nothing, with a delay
stage       the performances, buyers and orders that the calls are about
workload    what a workload and an aim are
workloads   what is measured, and the rates aimed at; confirms: those with the provider
rounds      the measuring
record      what a run leaves: the figures; about: machine, commit, date
report      a record as tables, JSON and plots
document    a record as the tables of docs/performance.md
plain       orders and confirms as plain DRF and ORM, to compare with
"""
