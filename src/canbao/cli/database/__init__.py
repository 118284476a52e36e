"""The database as the command sees it: a private server where there is none, roles and grants, and safety checks."""
