"""The console: the frame, the components and the pages, over the facades of the rooms."""

from regulars.console.areas import AREAS, Area
from regulars.console.chart_files import chart_file
from regulars.console.charts import Bar, Chart, Estimate, Mark, comparison, ranking, trend
from regulars.console.console import Console, pages
from regulars.console.creation import create_console
from regulars.console.frame import ClockFace, Door, Face, Found, Frame, Gate, Said, Visitor
from regulars.console.mounting import mount
from regulars.console.visit import Visit, Visiting, page, redirect

__all__ = [
    "AREAS",
    "Area",
    "Bar",
    "Chart",
    "ClockFace",
    "Console",
    "Door",
    "Estimate",
    "Face",
    "Found",
    "Frame",
    "Gate",
    "Mark",
    "Said",
    "Visit",
    "Visiting",
    "Visitor",
    "chart_file",
    "comparison",
    "create_console",
    "mount",
    "page",
    "pages",
    "ranking",
    "redirect",
    "trend",
]
