"""A simulated world around the service: two portals, a catalogue and invented specialists."""
