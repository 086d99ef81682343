"""The edge towards the payment provider: `port` is what we need of one, each folder in here is one that we have."""
