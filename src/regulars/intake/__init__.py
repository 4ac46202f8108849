"""What outsiders reach without signing in: the tracking API, webhooks, the script for pages, hosted forms."""
