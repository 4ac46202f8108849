"""Orders: the catalogue, what customers bought line by line, and sums over it."""

from regulars.orders.history import get_order, order_lines, orders_of, put_products, sales_by_week, totals
from regulars.orders.model import Line, Order, Product, Totals, WeekSales
from regulars.orders.reader import READER, UnreadableOrder

__all__ = [
    "READER",
    "Line",
    "Order",
    "Product",
    "Totals",
    "UnreadableOrder",
    "WeekSales",
    "get_order",
    "order_lines",
    "orders_of",
    "put_products",
    "sales_by_week",
    "totals",
]
