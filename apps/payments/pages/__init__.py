"""The pages of paying: checkout, what comes back from the payment window, the order, and its cancelling."""
