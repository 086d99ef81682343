"""The connections that uvicorn serves, and an end for each.

protocols       uvicorn's two protocols as the platform runs them (`--http`, `--ws`); imported before Django is set up
http_protocol   answers written whole
bounded_http    heads, and what comes after an answer, have an end
early_refusals  the call of a crowd refused before it is parsed
turns           how long a turn of the event loop parses what has come over WebSockets
guard           looks at every connection once a second, and ends those that do not take what waits for them
metrics         the figures

docs/web-process.md says why.
"""
