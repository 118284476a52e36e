"""All benchmarks, one after the other: `make bench`."""

from benchmarks import bill, quote

quote.main()
bill.main()
