"""The area Privacy: what customers ask of their data, how long it is kept, the record of processing."""
