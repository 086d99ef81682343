"""How fast people talk: STOMP over WebSocket, side by side with what others would use for it.

sockets     a WebSocket client on the loop, as quick as Python allows
scenarios   one to one, latency, fan-out, idle connections
load        a process that plays one scenario and prints what it measured
subjects    the servers: the platform, a plain consumer on the channel layer, RabbitMQ with Web STOMP
suite       the measuring and the table
matching    the match script alone, and from READY to both notified

RabbitMQ takes part where BENCH_PEERS=1 asks for it (and is installed then).
"""
