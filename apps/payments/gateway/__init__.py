"""The edge towards the payment provider: `port` is what we need of one, `toss` is the one we have."""
