"""The rules, for one person, in the order in which a notice is read: scope, fee class, aid, waiting, cover."""
