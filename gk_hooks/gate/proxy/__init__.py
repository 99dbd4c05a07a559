"""The stdio proxy: relays the bytes of what the policy allows, in both directions."""
