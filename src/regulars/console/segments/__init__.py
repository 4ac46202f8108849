"""The area Segments: who is in which, the builder of conditions, lists, approaches."""
