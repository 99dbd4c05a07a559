"""Put on the PYTHONPATH of programs behind the gate; nothing here is imported by gk itself."""
