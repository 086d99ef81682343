"""The seat map: a fixed part built once for each performance, and the state of the seats drawn into it."""
