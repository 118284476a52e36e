"""What every part of a policy file is made of: words in two languages, and the clauses or readings that it cites."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Cites = Annotated[
    list[str],
    BeforeValidator(lambda v: [v] if isinstance(v, str) else v),
    Field(description="one key or a list of keys"),
]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Words(Part):
    zh: str
    en: str


class Cited(Part):
    source: Cites = Field(default_factory=list, description="keys of `clauses`")
    reading: Cites = Field(default_factory=list, description="keys of `readings`")

    @model_validator(mode="after")
    def cites_something(self) -> Self:
        if not self.source and not self.reading:
            raise ValueError(
                "没有出处，写明 source（clauses 的键）或 reading（readings 的键）。 "
                "cites nothing: give `source` (a key of clauses) or `reading` (a key of readings)"
            )
        return self
