"""What a training run does, whatever kind of network it trains."""
