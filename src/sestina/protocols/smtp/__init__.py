"""SMTP (RFC 5321): the server's half of a session without I/O, bytes in and bytes and events out."""
