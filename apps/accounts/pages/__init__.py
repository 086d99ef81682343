"""The pages of accounts, and the log-in that lies behind everybody's pages."""
