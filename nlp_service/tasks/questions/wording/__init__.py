"""What a question says: its words, without greetings, masks and numbers."""
