"""The only writers of batches, their rows, populations and the log of exports."""
