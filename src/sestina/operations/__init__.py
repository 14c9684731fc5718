"""The API: one function per operation, translation only; importing this package declares them all."""
