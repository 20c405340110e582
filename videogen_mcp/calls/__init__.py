"""What one call is: its caller, its time budget by host, its progress, and its reply or refusal in words."""
