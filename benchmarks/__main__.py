"""All benchmarks, one after the other: `make bench`.

On a quiet machine: quotes and prices half a minute each, rules half a minute, bills of 1, 3 and 10 million 5 minutes.
"""

from benchmarks import bill, price, quote, rules

if __name__ == "__main__":
    quote.main()
    print(flush=True)
    price.main([])
    print(flush=True)
    rules.main([])
    print(flush=True)
    bill.main([])
