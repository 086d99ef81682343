"""STOMP 1.0, 1.1 and 1.2, the server's side, without any input or output: bytes in, events out.

versions    negotiation, and what each version escapes
limits      how large a frame may be
decoder     bytes to frames
encoder     frames to bytes, and a MESSAGE that is encoded once for many
events      what a client asks for
session     one connection: the order of frames, subscriptions, acknowledgements, transactions
"""
