"""Who waits in which line, who answers, and who is given whom: Lua scripts over one slot of Redis."""
