"""What strangers can do to a running platform, and what an honest reader notices of it: `python -m bench.attacks`.

attacks      all of them, by name; `conversations`, `requests` and `deaf` have them by kind
attacker     the process that carries one out, below everybody else's priority: an attacker brings their own machine
honest       who goes on the whole time: calls at a steady pace, and a conversation
stage        what has to be in the database for both
run, report  a row for each attack
"""
