"""Deliverability: signing and checking of sending domains, warm-up, bounces and complaints."""
