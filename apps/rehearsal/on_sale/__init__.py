"""`manage.py rehearse`: the on-sale minute, played by a crowd against a running platform over real HTTP.

stage      the performance, its hall and the people's accounts: all that is made in the database
behaviours what each of the people will do, drawn from a seed
crowd      they come, and the clock runs
person     one's way through the line; `buying` and `paying` what is done inside
client     many calls over few connections, each of them measured in `figures`
machine    what the processes of this machine used meanwhile
verdict    whether all was kept that was promised
report     the same as tables and as a page with plots
"""
