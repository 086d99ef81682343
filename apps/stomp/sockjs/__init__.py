"""SockJS 0.3.3, the server's side, at /ws/connect: STOMP for pages behind a proxy that has no WebSocket.

framing     what goes over the wire (pure)
sessions    a client's session over several HTTP requests, in this process
http        info, and the transports xhr, xhr_streaming, eventsource, xhr_send
websocket   the framed WebSocket
"""
