"""Drive the data plane: start the engine process, serve the link that it dials, read its events."""
