"""The line before a sale: numbers in order of arrival, turns at a steady rate, passes that let one book."""
