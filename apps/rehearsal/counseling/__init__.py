"""A rehearsal of the centre: customers who ask, talk, lose their connection, end and rate; counselors who answer.

stage       the category, the counselors and the customers
line        a STOMP client over a real WebSocket
people      what customers and counselors do
audit       what has to be true afterwards
play        all of it together
"""
