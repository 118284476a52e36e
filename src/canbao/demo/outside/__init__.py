"""The other sides of the channels, simulated: they speak the partners' languages with keys of their own, take no real
money, and misbehave when they are told to. What they send is signed as the real ones sign it.
"""
