"""The open interface 开放接口: `/api/v1` for the programs of departments, banks, schools and hospitals.

Takes: requests of a client that was granted roles in areas as a person is, with a token and its scopes.
Gives: what the rooms say, as JSON with an OpenAPI 3.1 description; refusals as problem details in both languages.
Never: decides anything a room does not, or shows what the client's grants do not reach.
"""
