"""The addresses where partners of channels tell what happened. What they may do, their signature decides."""
