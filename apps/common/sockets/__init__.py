"""The sockets that uvicorn serves: how many are open, and an end for each whose client does not read.

guard       looks at every connection once a second, and ends those that do not take what waits for them
protocols   uvicorn's two protocols under this guard (`--http`, `--ws`); imported before Django is set up
metrics     the figures

docs/decisions/0025 says why.
"""
