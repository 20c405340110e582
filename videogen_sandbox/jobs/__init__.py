"""Jobs: their runner, the pool of worker processes, the worker itself; portraits and webhook deliveries."""
