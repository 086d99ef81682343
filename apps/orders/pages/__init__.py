"""The pages of tickets: their QR codes, the print, the calendar."""
