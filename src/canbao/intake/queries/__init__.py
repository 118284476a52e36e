"""The only readers of batches, populations and exports, offered to pages and to supervision."""
