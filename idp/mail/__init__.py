"""Messages to people, in their language: what is told, in which words, and how it leaves."""
